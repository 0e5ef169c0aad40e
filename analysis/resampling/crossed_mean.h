#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace equinfo {

/// What several runs contribute to a mean on the same N rows: [runs][N].
using RowsOfRuns = std::vector<std::vector<double>>;

/// A mean over runs and rows where both are samples: of all runs that could have been trained, and of all images.
struct CrossedMean {
  std::int64_t runs = 0, sources = 0;
  double mean = 0.0;
  double runs_sd = 0.0;       ///< standard deviation of the runs' means, R − 1 below; 0 for one run
  double runs_error = 0.0;    ///< runs_sd / √R
  double images_error = 0.0;  ///< standard error that the shared images add, which no further run takes away

  double std_error() const;
};

/// Row i of run r is modelled as θ + u_r + a_g(i) + b_r,g(i): runs u, images a, and what a run makes of an image b, all
/// independent with mean zero. Then, with A and B the variances that a and b give to the mean over one run's rows,
///
///     Var x̄ = Var(u)/R + A + B/R          E runs_sd²/R = Var(u)/R + B/R
///     E SE²(row means over the runs) = A + B/R          E Σ_r SE²(run r's rows − row means)/(R − 1) = B
///
/// so runs_error² + images_error² with images_error² = max(0, SE²(row means) − B̂/R) is unbiased for Var x̄ (but for the
/// cut at zero): the images are the same for every run, so their share A does not average out. SE is clustered_mean's,
/// clustered by `source` [N] of {0, …, sources − 1}. One run leaves its plain clustered error. Throws
/// std::invalid_argument without runs or for runs of unequal length, std::domain_error for a single source. O(R·N).
CrossedMean crossed_mean(const RowsOfRuns& runs, std::span<const std::int32_t> source, std::int64_t sources);

/// The standard error that shared images add to the second mean less the first one, by the same argument: that of the
/// differences of the row means, less B̂/R of either.
double images_error_of_difference(const RowsOfRuns& first, const RowsOfRuns& second,
                                  std::span<const std::int32_t> source, std::int64_t sources);

/// Half the width of the interval for a mean over runs and images: the root of (t(R−1) · runs_error)² +
/// (t(G−1) · images_error)², Student's quantiles, for either error is estimated with its own degrees of freedom (the
/// squared half-widths of independent parts add: Howe 1974). One run leaves the images' part alone.
double crossed_reach(const CrossedMean& mean, double level);

}  // namespace equinfo
