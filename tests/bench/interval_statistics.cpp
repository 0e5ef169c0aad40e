#include "bench/interval_statistics.h"

#include <algorithm>
#include <cmath>

namespace equinfo::bench {
namespace {

constexpr double kNormalWidth = 2 * 1.96;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

double IntervalStatistics::width_ratio() const {
  return deviation > 0.0 ? median_width / (kNormalWidth * deviation) : 0.0;
}

bool IntervalStatistics::fails() const { return 200 * covered < 178 * replicates; }

IntervalStatistics interval_statistics(const Replicates& replicates, double truth, double digits) {
  IntervalStatistics found;
  found.replicates = static_cast<std::int64_t>(replicates.nats.size());
  const auto count = static_cast<double>(found.replicates);
  std::vector<double> widths;
  double sum = 0.0, squares = 0.0;
  for (std::size_t r = 0; r < replicates.nats.size(); ++r) {
    const double error = replicates.nats[r] - truth;
    sum += error;
    squares += error * error;
    widths.push_back(replicates.high[r] - replicates.low[r]);
    found.covered += truth >= replicates.low[r] - digits && truth <= replicates.high[r] + digits ? 1 : 0;
  }
  found.mean_error = sum / count;
  found.deviation = std::sqrt(std::max(0.0, squares / count - found.mean_error * found.mean_error));
  found.median_width = median(widths);
  return found;
}

}  // namespace equinfo::bench
