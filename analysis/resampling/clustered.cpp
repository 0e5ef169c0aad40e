#include "resampling/clustered.h"

#include <boost/math/distributions/students_t.hpp>

#include "core/error.h"

namespace equinfo {

void require_sources(std::int64_t sources) {
  if (sources < 2) {
    throw std::domain_error(fmt::format("standard error: {} source is too few, at least 2 are needed", sources));
  }
}

ClusteredMean clustered_mean(std::span<const double> values, std::span<const std::int32_t> source,
                             std::int64_t sources) {
  return clustered_means<1>([&](std::size_t i) { return std::array{values[i]}; }, source, sources).front();
}

double interval_factor(double level, std::int64_t sources) {
  require(level > 0.0 && level < 1.0, "interval level {} is not between 0 and 1", level);
  require(sources > 1, "interval: {} source is too few, at least 2 are needed", sources);
  const boost::math::students_t student(static_cast<double>(sources - 1));
  return boost::math::quantile(student, 0.5 + level / 2.0);
}

}  // namespace equinfo
