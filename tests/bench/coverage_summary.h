#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/coverage_cases.h"
#include "estimators/quantity.h"

namespace equinfo::bench {

inline constexpr const char* kReplicateHeader = "case,replicate,quantity,nats,ci_low,ci_high,kind,verdict,chosen";

/// One quantity of one case over its replicates.
struct CoverageLine {
  CoverageCase test;
  Quantity quantity = Quantity::kZY;
  double truth = 0.0;
  std::int64_t replicates = 0, covered = 0;
  std::int64_t warned = 0;    ///< replicates whose verdict was not GREEN
  double mean_error = 0.0;    ///< of the estimate
  double deviation = 0.0;     ///< standard deviation of the estimate over replicates
  double median_width = 0.0;  ///< of the interval

  /// Median width by that of an interval that knew the standard deviation: 2 · 1.96 · deviation.
  double width_ratio() const;
  /// Fewer covered than 178 of 200, or as great a part of another number of replicates.
  bool fails() const;
};

/// Reads a table of replicates, `name` being what errors call it. Throws IoError for a case that does not exist.
std::vector<CoverageLine> coverage_lines(std::string_view csv, const std::string& name);

std::string coverage_csv(const std::vector<CoverageLine>& lines);
/// For people: the same, and what fails.
std::string coverage_text(const std::vector<CoverageLine>& lines);

}  // namespace equinfo::bench
