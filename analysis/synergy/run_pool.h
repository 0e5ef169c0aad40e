#pragma once

#include <optional>
#include <vector>

#include "resampling/crossed_mean.h"
#include "synergy/difference.h"

namespace equinfo {

/// One quantity over several runs of one configuration, in nats.
struct PooledEstimate {
  Quantity quantity = Quantity::kZY;
  CrossedMean over_runs;         ///< mean over the runs, spread between them, and the errors of either kind
  double low = 0.0, high = 0.0;  ///< by how much probes short of rows may read too high, too low: means over the runs
  double ci_low = 0.0, ci_high = 0.0;
  Interval possible = {};       ///< what the labels, and for S what the runs leave open, allow (possible.h)
  bool empty_interval = false;  ///< nothing of the synergy's interval is possible; it is left whole
};

/// Runs that differ by their training seed alone, measured on the same images or not.
struct RunPool {
  std::int64_t runs = 0, sources = 0;  ///< the fewest sources of any run
  bool same_images = true;             ///< the rows of all runs are the same samples
  double ci_level = 0.95;
  std::vector<PooledEstimate> estimates;  ///< of every quantity that is a mean over rows

  /// Throws std::invalid_argument if the pool lacks the quantity.
  const PooledEstimate& at(Quantity quantity) const;
};

/// Pools runs. The interval is for the mean of the quantity over all runs that could be trained:
///
///     [x̄ − low − reach, x̄ + high + reach]
///
/// with resampling/crossed_mean.h's reach, and low and high as in a difference (shortfall_band), averaged over the
/// runs; the synergy's is cut to [0, mean ceiling + reach] where labels are independent. Where the samples differ
/// between the runs it is not known how many images they share, and images_error is the mean of the runs' own errors,
/// the largest value it can have. One run gives an interval over its images, which says nothing about another run.
/// Throws std::invalid_argument without runs, or if a run's rows were not kept. O(R·N).
RunPool pool_runs(const std::vector<PanelReading>& runs, double ci_level);

/// Differences, second less first, of the means over two pools' runs. The squared half-widths of the runs of either and
/// of the images add; the images' part is the differences' (images_error_of_difference) where all runs have the same
/// samples, else both pools' as if independent. `Comparison::paired` says which. Throws std::invalid_argument for a
/// pool of a single run: nothing is known then about another one.
Comparison compare_pools(const std::vector<PanelReading>& first, const std::vector<PanelReading>& second,
                         double ci_level);

}  // namespace equinfo
