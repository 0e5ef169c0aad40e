#include <string>

#include "core/error.h"
#include "report/figure_parts.h"

namespace equinfo {
namespace {

constexpr double kLowestAxis = 0.17;  // of the figure's height; below it stand its marks, its name and the caption

std::string value_text(const ResultRow& row, Unit unit) {
  const std::string_view bound = row.kind == EstimateKind::kLowerBound ? "≥ " : "";
  const std::string value = fmt::format("{}{}", bound, number_text(*row.nats, unit));
  if (!row.ci_low || !row.ci_high) return value;
  return fmt::format("{}  [{}, {}]", value, number_text(*row.ci_low, unit), number_text(*row.ci_high, unit));
}

/// A pale bar from zero to a mark at the largest possible value.
std::string ceiling_bar(double ceiling, int position) {
  return fmt::format(
      "set arrow from 0,{0} to {1},{0} nohead lw 7 lc rgb \"#ececec\" back\n"
      "set arrow from {1},{0}-0.22 to {1},{0}+0.22 nohead lw 2 lc rgb \"#8a8a8a\" back\n",
      position, ceiling);
}

std::string dot(const FigureSeries& series, int position) {
  return fmt::format(
      "{0} using 2:({1}):3:4 with xerrorbars lc rgb \"{2}\" pt -1 lw 2.6 notitle, "
      "{0} using 2:({1}) with points lc rgb \"{2}\" pt {3} ps 1.5 notitle",
      series.name(), position, series.look.colour, series.look.shape);
}

/// A line for each series, from the top down: what it is, the dot with its interval, the numbers at the right.
std::string dot_panel(const std::vector<FigureSeries>& series, Unit unit, bool with_ceilings,
                      const std::string& caption) {
  FigureRange range;
  std::string text = "unset arrow\nunset label\n" + caption_labels(caption), tics, plots;
  int position = static_cast<int>(series.size());
  for (const auto& one : series) {
    const ResultRow& row = *one.points.front().second;
    range.hold(row);
    if (with_ceilings && row.ceiling_nats) {
      range.hold(row.ceiling_nats);
      text += ceiling_bar(*row.ceiling_nats * unit.per_nat, position);
    }
    text += fmt::format("set label {} at graph 1.03, first {} left tc rgb \"#202020\" noenhanced\n",
                        gnuplot_text(value_text(row, unit)), position);
    tics += fmt::format("{}{} {}", tics.empty() ? "" : ", ",
                        gnuplot_text(fmt::format("{}  {}", one.look.meaning, one.look.symbol)), position);
    plots += (plots.empty() ? "plot " : ", ") + dot(one, position);
    --position;
  }
  text += fmt::format("set ytics ({}) scale 0 noenhanced\nset yrange [0.4:{}.6]\nset xtics {}\nset xrange {}\n", tics,
                      series.size(), range.step(unit, 6), range.text(unit));
  return text + plots + "\n";
}

std::vector<FigureSeries> series_of(const FigureEpoch& epoch) {
  std::vector<FigureSeries> series;
  for (const FigureLook& look : kInformationLooks) {
    if (const ResultRow* row = epoch.find(look.quantity)) series.push_back({look, {{0.0, row}}});
  }
  return series;
}

std::string synergy_label(const ResultRow& row, Unit unit) {
  if (!row.ceiling_nats) return fmt::format("synergy ({})", unit.name);
  return fmt::format("synergy ({}), of at most {}", unit.name, number_text(*row.ceiling_nats, unit));
}

}  // namespace

std::string embedding_script(const FigureData& data) {
  const auto informations = series_of(data.epochs[0]);
  const ResultRow* synergy_row = data.epochs[0].find(Quantity::kSynergy);
  std::string text(figure_preamble());
  for (const auto& one : informations) text += one.block(data.unit);
  text += "unset key\nset lmargin at screen 0.345\nset rmargin at screen 0.755\n";
  if (!informations.empty()) {
    text += title_commands(data.title, 0.91);
    text += fmt::format(
        "set bmargin at screen {}\n"
        "set xlabel 'information ({}); the marks are the largest possible values'\n",
        synergy_row ? 0.44 : kLowestAxis, data.unit.name);
    text += dot_panel(informations, data.unit, true, synergy_row ? "" : data.caption) + "unset title\n";
  }
  if (synergy_row) {
    const FigureSeries synergy{kSynergyLook, {{0.0, synergy_row}}};
    text += synergy.block(data.unit);
    text += fmt::format("set tmargin at screen 0.29\nset bmargin at screen {}\nset xlabel '{}'\n", kLowestAxis,
                        synergy_label(*synergy_row, data.unit));
    text += dot_panel({synergy}, data.unit, false, data.caption);
  }
  return text + "unset multiplot\n";
}

}  // namespace equinfo
