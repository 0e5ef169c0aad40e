#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/ground_truth.h"
#include "synergy/measure.h"

namespace equinfo::bench {

/// One line of the coverage study: a problem, how it is drawn, and what measures it.
struct CoverageCase {
  std::string name, problem;
  testing::SampleOptions sample;        ///< without the seed
  std::vector<std::string> estimators;  ///< of MeasureOptions; empty: all
  /// Whether the best of the estimators can represent the problem, has the rows to learn it, and has something to
  /// learn: then the intervals must not be much wider than the estimate scatters.
  bool adequate = true;

  std::string estimator_names() const;  ///< "all", or the names joined by '+'
  /// The seed of one replicate's sample: every case and replicate has noise of its own.
  std::uint64_t seed(std::int64_t replicate) const;
};

/// Clustered, imbalanced, high-dimensional, dependent, misspecified and empty problems, and codes no linear probe sees.
const std::vector<CoverageCase>& coverage_cases();

}  // namespace equinfo::bench
