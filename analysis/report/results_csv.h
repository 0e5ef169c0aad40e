#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "estimators/quantity.h"

namespace equinfo {

/// One row of results.csv: one quantity of one embedding by one estimator. The members are the columns, in order; see
/// the README of this folder. All information in nats; what is not available is an empty field.
struct ResultRow {
  std::string run, file;
  std::optional<std::int64_t> epoch;
  std::string layer;
  Quantity quantity = Quantity::kZY;
  std::string estimator;
  EstimateKind kind = EstimateKind::kPoint;
  std::optional<double> nats, ci_low, ci_high, ci_level, std_error, p_value;
  std::optional<std::int64_t> n, sources, d, classes, transforms;
  std::optional<double> ceiling_nats;
  std::vector<std::string> flags;  ///< joined by ';' in the file
  std::optional<std::uint64_t> seed;
  std::string version;

  bool operator==(const ResultRow&) const = default;
};

/// The header line of results.csv, with its line end.
std::string results_header();

/// The rows as CSV without the header. Throws std::invalid_argument for a NaN or an infinity, or a flag with a ';'.
std::string results_text(const std::vector<ResultRow>& rows);

/// All rows of a results.csv. Throws IoError naming file, line, column and text for anything that is not one.
std::vector<ResultRow> read_results(const std::filesystem::path& path);

/// check_appendable and append_csv of report/appended_csv.h for results.csv.
void check_appendable(const std::filesystem::path& path);
void append_results(const std::filesystem::path& path, const std::vector<ResultRow>& rows);

}  // namespace equinfo
