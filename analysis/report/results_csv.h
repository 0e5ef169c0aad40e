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

/// Throws IoError unless rows can be appended to `path`: it does not exist yet and can be made, or is a results.csv.
/// Called before hours of work, not after. Leaves nothing behind.
void check_appendable(const std::filesystem::path& path);

/// Appends rows, with the header if the file is new or empty. Safe against anything: the file is locked, so of two
/// processes that append at once none loses a row, and it is replaced as a whole, so a crash leaves the old file or the
/// new one and never half a row. A file whose header differs is refused and not touched. A pipe or device is simply
/// written to, header first. Throws IoError. Cost: one pass over the old file's bytes.
void append_results(const std::filesystem::path& path, const std::vector<ResultRow>& rows);

}  // namespace equinfo
