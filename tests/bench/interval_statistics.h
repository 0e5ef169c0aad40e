#pragma once

#include <cstdint>
#include <vector>

namespace equinfo::bench {

/// An estimate and its interval over replicates.
struct Replicates {
  std::vector<double> nats, low, high;
};

/// What intervals are worth where the truth is known.
struct IntervalStatistics {
  std::int64_t replicates = 0, covered = 0;
  double mean_error = 0.0;    ///< of the estimate
  double deviation = 0.0;     ///< standard deviation of the estimate over replicates
  double median_width = 0.0;  ///< of the interval

  /// Median width by that of an interval that knew the standard deviation: 2 · 1.96 · deviation.
  double width_ratio() const;
  /// Fewer covered than 178 of 200, or as great a part of another number of replicates.
  bool fails() const;
};

/// `digits` is how far off the truth may be as it is written down.
IntervalStatistics interval_statistics(const Replicates& replicates, double truth, double digits);

}  // namespace equinfo::bench
