#include "resampling/clustered.h"

#include <cmath>
#include <vector>

#include <boost/math/distributions/students_t.hpp>

#include "core/error.h"

namespace equinfo {

ClusteredMean clustered_mean(std::span<const double> values, std::span<const std::int32_t> source,
                             std::int64_t sources) {
  if (sources < 2) {
    throw std::domain_error(fmt::format("standard error: {} source is too few, at least 2 are needed", sources));
  }
  const auto rows = static_cast<double>(values.size());
  ClusteredMean result;
  for (const double value : values) result.mean += value;
  result.mean /= rows;
  std::vector<double> deviation(static_cast<std::size_t>(sources), 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    deviation[static_cast<std::size_t>(source[i])] += values[i] - result.mean;
  }
  double squares = 0.0;
  for (const double d : deviation) squares += d * d;
  const auto groups = static_cast<double>(sources);
  result.std_error = std::sqrt(groups / (groups - 1.0) * squares) / rows;
  return result;
}

double interval_factor(double level, std::int64_t sources) {
  require(level > 0.0 && level < 1.0, "interval level {} is not between 0 and 1", level);
  require(sources > 1, "interval: {} source is too few, at least 2 are needed", sources);
  const boost::math::students_t student(static_cast<double>(sources - 1));
  return boost::math::quantile(student, 0.5 + level / 2.0);
}

}  // namespace equinfo
