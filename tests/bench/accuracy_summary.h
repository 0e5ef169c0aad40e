#pragma once

#include <string>
#include <vector>

#include "bench/accuracy_rows.h"

namespace equinfo::bench {

/// Every result in full, for people: a block a sample, a line an estimator, for each quantity the estimate, its error
/// and its interval, marked where it does not hold the truth.
std::string accuracy_table(const std::vector<AccuracyResult>& results);

/// Errors by estimator, what the headline promises and whether it holds: mean absolute errors up to 64 dimensions and
/// 100 cells, results without a warning that are far off or do not cover, the share of RED.
std::string accuracy_summary(const std::vector<AccuracyResult>& results);

/// gnuplot's commands for a figure of the absolute errors by wrapping: the headline, neighbours, the usual recipe.
std::string accuracy_figure(const std::vector<AccuracyResult>& results);

}  // namespace equinfo::bench
