#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/coverage_cases.h"
#include "bench/interval_statistics.h"
#include "estimators/quantity.h"

namespace equinfo::bench {

inline constexpr const char* kReplicateHeader = "case,replicate,quantity,nats,ci_low,ci_high,kind,verdict,chosen";

/// One quantity of one case over its replicates.
struct CoverageLine : IntervalStatistics {
  CoverageCase test;
  Quantity quantity = Quantity::kZY;
  double truth = 0.0;
  std::int64_t warned = 0;  ///< replicates whose verdict was not GREEN
};

/// Reads a table of replicates, `name` being what errors call it. Throws IoError for a case that does not exist.
std::vector<CoverageLine> coverage_lines(std::string_view csv, const std::string& name);

std::string coverage_csv(const std::vector<CoverageLine>& lines);
/// For people: the same, and what fails.
std::string coverage_text(const std::vector<CoverageLine>& lines);

}  // namespace equinfo::bench
