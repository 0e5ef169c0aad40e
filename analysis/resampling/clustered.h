#pragma once

#include <cstdint>
#include <span>

namespace equinfo {

/// Mean of a per-row statistic and its standard error when the rows of one source are dependent.
struct ClusteredMean {
  double mean = 0.0;
  double std_error = 0.0;
};

/// The mean of `values` [N] and the square root of (G/(G−1)) Σ_g (Σ_{i∈g} (x_i − x̄))² / N² over the G sources, the
/// cluster-robust standard error of a mean (Liang & Zeger 1986). `source` [N] holds codes in {0, …, sources − 1}.
/// Sums run in row order, so the result does not depend on threads. Throws std::domain_error for fewer than two
/// sources: no error can be estimated from one. O(N).
ClusteredMean clustered_mean(std::span<const double> values, std::span<const std::int32_t> source,
                             std::int64_t sources);

/// The half-width of a two-sided interval in standard errors: the Student quantile with sources − 1 degrees of freedom
/// (1.96 for many sources). `level` in (0, 1), else std::invalid_argument.
double interval_factor(double level, std::int64_t sources);

}  // namespace equinfo
