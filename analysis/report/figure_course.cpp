#include <algorithm>
#include <span>

#include "core/error.h"
#include "report/figure_parts.h"

namespace equinfo {
namespace {

std::vector<FigureSeries> course_of(const FigureData& data, std::span<const FigureLook> looks) {
  std::vector<FigureSeries> series;
  for (const FigureLook& look : looks) {
    FigureSeries one{look, {}};
    for (const auto& epoch : data.epochs) {
      if (const ResultRow* row = epoch.find(look.quantity)) {
        one.points.emplace_back(static_cast<double>(*epoch.epoch), row);
      }
    }
    if (!one.points.empty()) series.push_back(one);
  }
  return series;
}

/// Ribbons first, so that no line is hidden by another's interval.
std::string course_plots(const std::vector<FigureSeries>& series) {
  std::string ribbons, lines;
  for (const auto& one : series) {
    ribbons += fmt::format("{} using 1:3:4 with filledcurves lc rgb \"{}\" notitle, ", one.name(), one.look.colour);
    lines += fmt::format(
        "{0}{1} using 1:2:3:4 with yerrorbars lc rgb \"{2}\" pt -1 lw 1.2 notitle, "
        "{1} using 1:2 with linespoints lc rgb \"{2}\" pt {3} ps 1.1 lw 2.2 title '{4}{5}'",
        lines.empty() ? "" : ", ", one.name(), one.look.colour, one.look.shape, one.has_bound() ? "≥ " : "",
        one.look.symbol);
  }
  return "plot " + ribbons + lines + "\n";
}

std::string_view ceiling_name(Quantity quantity) {
  switch (quantity) {
    case Quantity::kZY:
      return "H(Y)";
    case Quantity::kZT:
      return "H(T)";
    case Quantity::kZYT:
      return "H(Y,T)";
    default:
      return "";
  }
}

/// Dotted lines at the entropies that the informations cannot pass.
std::string ceiling_lines(const std::vector<FigureSeries>& series, Unit unit) {
  std::string text;
  for (const auto& one : series) {
    const auto& ceiling = one.points.back().second->ceiling_nats;
    const std::string_view name = ceiling_name(one.look.quantity);
    if (!ceiling || name.empty()) continue;
    text += fmt::format(
        "set arrow from graph 0, first {0} to graph 1, first {0} nohead dt 3 lw 1.6 lc rgb \"{1}\"\n"
        "set label '{2}' at graph 1, first {0} left offset 0.6,0 tc rgb \"{1}\"\n",
        *ceiling * unit.per_nat, one.look.colour, name);
  }
  return text;
}

FigureRange range_of(const std::vector<FigureSeries>& series) {
  FigureRange range;
  for (const auto& one : series) {
    for (const auto& point : one.points) range.hold(*point.second);
    if (!ceiling_name(one.look.quantity).empty()) range.hold(one.points.back().second->ceiling_nats);
  }
  return range;
}

/// The epochs themselves as marks, without those that would run into the mark before.
std::string epoch_marks(const FigureData& data, double span) {
  constexpr double kLeastGap = 0.04;
  std::string marks;
  double before = -span;
  for (const auto& epoch : data.epochs) {
    const double here = static_cast<double>(*epoch.epoch);
    if (here - before < kLeastGap * span) continue;
    marks += fmt::format("{}{}", marks.empty() ? "" : ", ", *epoch.epoch);
    before = here;
  }
  return "set xtics (" + marks + ")\n";
}

/// Epoch 0, the untrained encoder, stands on grey.
std::string epoch_axis(const FigureData& data) {
  const double first = static_cast<double>(*data.epochs.front().epoch);
  const double second = static_cast<double>(*data.epochs[1].epoch);
  const double last = static_cast<double>(*data.epochs.back().epoch);
  const double air = std::min((second - first) / 2.0, (last - first) * 0.05);
  std::string text = fmt::format("set xrange [{}:{}]\n", first - air, last + air) + epoch_marks(data, last - first);
  if (first != 0.0) return text;
  return text + fmt::format(
                    "set object 1 rectangle from graph 0, graph 0 to first {}, graph 1 behind "
                    "fc rgb \"#f0f0f0\" fs solid noborder\n",
                    air);
}

std::string axes(const std::vector<FigureSeries>& series, Unit unit, int most_marks) {
  const FigureRange range = range_of(series);
  return fmt::format("set yrange {}\nset ytics {}\n", range.text(unit), range.step(unit, most_marks));
}

/// The axis of the lowest panel, with the word for epoch 0 and the caption below.
std::string lowest_axis(const FigureData& data) {
  const std::string untrained =
      *data.epochs.front().epoch == 0 ? "set label 'untrained' at first 0, graph 0 center offset 0,-2.3\n" : "";
  return "set bmargin at screen 0.17\nset format x '%g'\nset xlabel 'epoch' offset 0,-0.4\n" + untrained +
         caption_labels(data.caption);
}

std::string information_panel(const std::vector<FigureSeries>& series, const FigureData& data, bool lowest) {
  return fmt::format(
      "{}{}"
      "set key at screen 0.995, screen 0.86 right top Left reverse samplen 1.6 spacing 1.3 noenhanced\n"
      "set ylabel 'information ({})'\n{}{}{}",
      title_commands(data.title, 0.92), lowest ? lowest_axis(data) : "set bmargin at screen 0.44\nset format x ''\n",
      data.unit.name, axes(series, data.unit, 8), ceiling_lines(series, data.unit), course_plots(series));
}

std::string synergy_panel(const std::vector<FigureSeries>& series, const FigureData& data) {
  return fmt::format(
      "unset title\nunset arrow\nunset label\nset tmargin at screen 0.39\n{}"
      "set key at screen 0.995, screen 0.36 right top Left reverse samplen 1.6 noenhanced width 6\n"
      "set ylabel 'synergy ({})'\nset xzeroaxis lc rgb \"#606060\" lw 1\n{}{}",
      lowest_axis(data), data.unit.name, axes(series, data.unit, 5), course_plots(series));
}

}  // namespace

std::string course_script(const FigureData& data) {
  const auto informations = course_of(data, kInformationLooks);
  const auto synergy = course_of(data, std::span(&kSynergyLook, 1));
  std::string text(figure_preamble());
  for (const auto* group : {&informations, &synergy}) {
    for (const auto& one : *group) text += one.block(data.unit);
  }
  text += "set lmargin at screen 0.125\nset rmargin at screen 0.77\n" + epoch_axis(data);
  if (!informations.empty()) text += information_panel(informations, data, synergy.empty());
  if (!synergy.empty()) text += synergy_panel(synergy, data);
  return text + "unset multiplot\n";
}

}  // namespace equinfo
