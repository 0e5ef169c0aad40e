#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "report/results_csv.h"
#include "report/unit.h"

namespace equinfo {

/// What of a results.csv is drawn. An absent choice is made from what is there, and told.
struct FigureOptions {
  std::string estimator = "best";
  std::optional<std::string> run;    ///< default: the last run in the file
  std::optional<std::string> layer;  ///< default: "encoder" if it is there, else the last layer in the file
  std::optional<std::string> title;  ///< default: run and layer
  Unit unit = kNats;
};

/// One embedding's quantities in a figure; of rows that repeat, the last counts.
struct FigureEpoch {
  std::optional<std::int64_t> epoch;
  std::vector<ResultRow> rows;  ///< one a quantity

  /// The row of a quantity that has a value, or nothing.
  const ResultRow* find(Quantity quantity) const;
};

/// What a figure shows: one run, one layer, one estimator, in the order of the epochs.
struct FigureData {
  std::string run, layer, title;
  std::vector<FigureEpoch> epochs;
  Unit unit;
  std::vector<std::string> remarks;  ///< choices made for the reader, one sentence each
  std::string caption;               ///< what to know of these estimates, for the foot of the figure
};

/// Picks the rows to draw, their intervals cut to what is possible as in the table. Throws std::invalid_argument naming
/// what is there if nothing fits.
FigureData select_figure(const std::vector<ResultRow>& rows, const FigureOptions& options);

/// The gnuplot commands, without terminal and output: for one embedding the quantities with intervals and ceilings as
/// points on a line each; for several epochs their course, with the synergy in a panel of its own below, and epoch 0
/// marked as untrained. Colours are Okabe and Ito's, told apart by colour-blind readers; shapes differ too.
std::string figure_script(const FigureData& data);

/// What is wrong with the name of a figure; empty if nothing is.
std::string figure_mistake(const std::filesystem::path& path);

/// Draws with gnuplot into an .svg, .png or .pdf file, which appears whole or not at all. Throws std::invalid_argument
/// for another ending, IoError if gnuplot is not installed or fails, or the file cannot be written.
void draw_figure(const std::string& script, const std::filesystem::path& path);

}  // namespace equinfo
