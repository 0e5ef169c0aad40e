#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

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

/// Throws clustered_mean's std::domain_error.
void require_sources(std::int64_t sources);

/// The same for K statistics of the same rows at once, bit for bit: `values(i)` gives those of row i as an array.
template <std::size_t K, class Values>
std::array<ClusteredMean, K> clustered_means(const Values& values, std::span<const std::int32_t> source,
                                             std::int64_t sources) {
  require_sources(sources);
  const auto rows = static_cast<double>(source.size()), groups = static_cast<double>(sources);
  std::array<double, K> mean{}, squares{};
  for (std::size_t i = 0; i < source.size(); ++i) {
    const std::array<double, K> row = values(i);
    for (std::size_t k = 0; k < K; ++k) mean[k] += row[k];
  }
  for (double& value : mean) value /= rows;
  std::vector<std::array<double, K>> deviation(static_cast<std::size_t>(sources));
  for (std::size_t i = 0; i < source.size(); ++i) {
    const std::array<double, K> row = values(i);
    auto& of_source = deviation[static_cast<std::size_t>(source[i])];
    for (std::size_t k = 0; k < K; ++k) of_source[k] += row[k] - mean[k];
  }
  for (const auto& of_source : deviation) {
    for (std::size_t k = 0; k < K; ++k) squares[k] += of_source[k] * of_source[k];
  }
  std::array<ClusteredMean, K> result;
  for (std::size_t k = 0; k < K; ++k) {
    result[k] = {mean[k], std::sqrt(groups / (groups - 1.0) * squares[k]) / rows};
  }
  return result;
}

/// The half-width of a two-sided interval in standard errors: the Student quantile with sources − 1 degrees of freedom
/// (1.96 for many sources). `level` in (0, 1), else std::invalid_argument.
double interval_factor(double level, std::int64_t sources);

}  // namespace equinfo
