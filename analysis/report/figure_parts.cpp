#include "report/figure_parts.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "report/csv.h"
#include "report/text_columns.h"

namespace equinfo {
namespace {

constexpr double kAir = 0.04;

std::string number(const std::optional<double>& nats, Unit unit) {
  return nats ? shortest_number(*nats * unit.per_nat) : "NaN";
}

/// A text broken between words.
std::vector<std::string> lines_of(const std::string& text, int width) {
  std::vector<std::string> lines;
  std::string rest = wrapped(words_of(text), " ", width);
  for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
    if (end > 0) lines.push_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  return lines;
}

}  // namespace

std::string_view figure_preamble() {
  return R"(set encoding utf8
set datafile missing "NaN"
set border 3 lc rgb "#606060"
set tics nomirror out scale 0.6 textcolor rgb "#202020"
set format '%g'
set grid lc rgb "#e4e4e4" lw 0.7
set style fill transparent solid 0.16 noborder
set bars small
set multiplot
)";
}

std::string gnuplot_text(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result.append(c == '\'' ? 2 : 1, c == '\n' ? ' ' : c);
  return result + "'";
}

std::string title_commands(const std::string& title, double top) {
  constexpr int kWidth = 80;         // letters of 15 pixels' height across 960
  constexpr double kLine = 0.032;    // of the figure's height
  constexpr std::size_t kMost = 10;  // lines: more leave no room for the panels
  auto lines = lines_of(title, kWidth);
  if (lines.size() > kMost) {
    lines.resize(kMost);
    lines.back() += " …";
  }
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : ".\"\\n\".") + gnuplot_text(line);
  const auto further = lines.empty() ? 0.0 : static_cast<double>(lines.size() - 1);
  return fmt::format("set title {} noenhanced\nset tmargin at screen {:.3f}\n", text.empty() ? "''" : text,
                     top - kLine * further);
}

std::string caption_labels(const std::string& caption) {
  if (caption.empty()) return "";
  constexpr int kWidth = 100;
  constexpr double kLine = 0.024, kFoot = 0.012;  // of the figure's height
  const auto lines = lines_of(caption, kWidth);
  std::string commands;
  for (std::size_t k = 0; k < lines.size(); ++k) {
    commands +=
        fmt::format("set label {} at screen 0.985, screen {:.3f} right font ',9' tc rgb \"#606060\" noenhanced\n",
                    gnuplot_text(lines[k]), kFoot + kLine * static_cast<double>(lines.size() - 1 - k));
  }
  return commands;
}

bool FigureSeries::has_bound() const {
  return std::ranges::any_of(points, [](const auto& p) { return p.second->kind == EstimateKind::kLowerBound; });
}

std::string FigureSeries::name() const { return fmt::format("${}", name_of(look.quantity)); }

std::string FigureSeries::block(Unit unit) const {
  std::string text = name() + " << EOD\n";
  for (const auto& [position, row] : points) {
    text += fmt::format("{} {} {} {}\n", position, number(row->nats, unit), number(row->ci_low, unit),
                        number(row->ci_high, unit));
  }
  return text + "EOD\n";
}

void FigureRange::hold(const std::optional<double>& value) {
  if (!value) return;
  low = std::min(low, *value);
  high = std::max(high, *value);
}

void FigureRange::hold(const ResultRow& row) {
  for (const auto& value : {row.nats, row.ci_low, row.ci_high}) hold(value);
}

std::string FigureRange::text(Unit unit) const {
  const double span = std::max(high - low, 1e-6);
  const double floor = low < 0.0 ? low - kAir * span : 0.0;
  return fmt::format("[{}:{}]", floor * unit.per_nat, (high + kAir * span) * unit.per_nat);
}

double FigureRange::step(Unit unit, int most) const {
  const double span = std::max(high - low, 1e-6) * unit.per_nat;
  const double power = std::pow(10.0, std::floor(std::log10(span / most)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (span / (factor * power) < most) return factor * power;
  }
  return 10.0 * power;
}

std::string figure_script(const FigureData& data) {
  const bool drawable = std::ranges::any_of(data.epochs, [](const FigureEpoch& epoch) {
    const auto has = [&](const FigureLook& look) { return epoch.find(look.quantity) != nullptr; };
    return has(kSynergyLook) || std::ranges::any_of(kInformationLooks, has);
  });
  require(drawable, "nothing to plot: no information and no synergy among the rows");
  return data.epochs.size() > 1 ? course_script(data) : embedding_script(data);
}

}  // namespace equinfo
