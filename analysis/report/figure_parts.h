#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/figure.h"

namespace equinfo {

/// How a quantity is drawn: a colour of Okabe and Ito's palette and a shape of gnuplot's.
struct FigureLook {
  Quantity quantity;
  std::string_view meaning, symbol, colour;
  int shape;
};
inline constexpr std::array kInformationLooks{
    FigureLook{Quantity::kZY, "class", "I(Z;Y)", "#0072B2", 7},
    FigureLook{Quantity::kZT, "transformation", "I(Z;T)", "#D55E00", 5},
    FigureLook{Quantity::kZYGivenT, "class, T known", "I(Z;Y|T)", "#56B4E9", 6},
    FigureLook{Quantity::kZTGivenY, "transformation, Y known", "I(Z;T|Y)", "#E69F00", 4},
    FigureLook{Quantity::kZYT, "both", "I(Z;Y,T)", "#000000", 9}};
inline constexpr FigureLook kSynergyLook{Quantity::kSynergy, "synergy", "S", "#009E73", 13};

/// What every figure begins with: axes, grid, and that "NaN" is a missing value.
std::string_view figure_preamble();

/// A text as a gnuplot string.
std::string gnuplot_text(std::string_view text);

/// The commands for a figure's title, in as many lines as it takes, and for the upper panel's top below it.
/// top: of the panel under a title of one line, as a share of the figure's height.
std::string title_commands(const std::string& title, double top);

/// The commands for small text at the foot of the figure, to stand before a panel's plot; empty for no text.
std::string caption_labels(const std::string& caption);

/// The rows of one quantity, each at a position on an axis, and the gnuplot data block "$z_y" that holds them: columns
/// position, value, interval.
struct FigureSeries {
  FigureLook look;
  std::vector<std::pair<double, const ResultRow*>> points;

  std::string name() const;
  bool has_bound() const;  ///< whether one of the points is a lower bound
  std::string block(Unit unit) const;
};

/// The smallest range that holds zero and everything shown to it, in nats.
struct FigureRange {
  double low = 0.0, high = 0.0;

  void hold(const std::optional<double>& value);
  void hold(const ResultRow& row);  ///< value and interval
  /// gnuplot's range in the unit, with some air at the ends.
  std::string text(Unit unit) const;
  /// A step of 1, 2 or 5 times a power of ten that puts at most `most` marks on the axis.
  double step(Unit unit, int most) const;
};

/// One embedding: a line for each quantity.
std::string embedding_script(const FigureData& data);
/// Several epochs: a curve for each quantity.
std::string course_script(const FigureData& data);

}  // namespace equinfo
