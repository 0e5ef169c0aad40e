#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/known_samples.h"
#include "estimators/quantity.h"

namespace equinfo::bench {

/// `covers` and the interval are empty for an estimator without one; `reason` and `chosen` are told once, at `best`.
inline constexpr const char* kAccuracyHeader =
    "problem,wrapped,dims,rows,estimator,cells,seed,quantity,truth,nats,error,ci_low,ci_high,covers,kind,verdict,"
    "reason,chosen";

/// One line of the accuracy table: one quantity of one sample by one estimator.
struct AccuracyRow {
  std::string problem;
  bool wrapped = false;
  std::int64_t dims = 0, rows = 0, cells = 0;
  std::string estimator;
  Quantity quantity = Quantity::kZY;
  double truth = 0.0, nats = 0.0;
  std::optional<double> ci_low, ci_high;
  std::optional<bool> covers;
  std::string verdict, reason, chosen;

  double error() const { return nats - truth; }
};

/// Measures a sample with every estimator of mi-estimate, or with the two quickest: lines of the table. One thread.
std::string accuracy_lines(const KnownSample& sample, bool fast);

/// All lines of one sample, in the file's order.
struct AccuracyResult {
  std::string problem;
  bool wrapped = false;
  std::int64_t dims = 0, rows = 0, cells = 0;
  std::string verdict, reason, chosen;
  std::vector<std::string> estimators;  ///< in the file's order
  std::map<std::string, std::map<Quantity, AccuracyRow>> by_estimator;

  /// Such as "G03_xor_A2, wrapped, d = 64".
  std::string name() const;
};

/// Reads a table. Throws IoError for another header, a line that is none of the table's, or several sample sizes.
std::vector<AccuracyResult> read_accuracy(const std::filesystem::path& path);

}  // namespace equinfo::bench
