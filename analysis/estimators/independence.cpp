#include "estimators/independence.h"

#include <algorithm>
#include <vector>

#include <boost/math/distributions/chi_squared.hpp>

namespace equinfo {
namespace {

constexpr double kDependenceLevel = 0.001;

/// Rows of each cell, those of one source adding up to one.
std::vector<double> source_counts(const Labels& labels) {
  std::vector<double> rows(static_cast<std::size_t>(labels.sources), 0.0);
  for (const std::int32_t s : labels.source) ++rows[static_cast<std::size_t>(s)];
  std::vector<double> counts(static_cast<std::size_t>(labels.cells()), 0.0);
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    const auto source = static_cast<std::size_t>(labels.source[static_cast<std::size_t>(i)]);
    counts[static_cast<std::size_t>(labels.cell(i))] += 1.0 / rows[source];
  }
  return counts;
}

/// Neighbouring bins of a continuous T put together, `most` of them at most, so that the smallest class expects at
/// least 5 sources in each; `bins` becomes their number. A smooth dependence shows best in few bins.
std::vector<double> merged_bins(const std::vector<double>& counts, std::int32_t classes, std::int32_t most,
                                std::int32_t& bins) {
  constexpr double kExpected = 5.0;
  std::vector<double> of_class(static_cast<std::size_t>(classes));
  for (std::size_t c = 0; c < counts.size(); ++c) of_class[c / static_cast<std::size_t>(bins)] += counts[c];
  const std::int32_t all = bins;
  const auto enough = static_cast<std::int32_t>(std::ranges::min(of_class) / kExpected);
  bins = std::clamp(std::min(enough, most), std::min(2, all), all);
  std::vector<double> merged(static_cast<std::size_t>(classes * bins));
  for (std::int32_t c = 0; c < classes * all; ++c) {
    merged[static_cast<std::size_t>(c / all * bins + c % all * bins / all)] += counts[static_cast<std::size_t>(c)];
  }
  return merged;
}

}  // namespace

double independence_p_value(const Labels& labels) {
  std::int32_t transforms = labels.transforms;
  std::vector<double> counts = source_counts(labels);
  if (labels.continuous_t) {
    constexpr std::int32_t kBinsOfComponent = 8;
    const auto most = kBinsOfComponent * static_cast<std::int32_t>(labels.continuous_t->period.size());
    counts = merged_bins(counts, labels.classes, most, transforms);
  }
  const double freedom = (labels.classes - 1.0) * (transforms - 1.0);
  if (freedom <= 0.0) return 1.0;
  std::vector<double> y(static_cast<std::size_t>(labels.classes)), t(static_cast<std::size_t>(transforms));
  for (std::size_t c = 0; c < counts.size(); ++c) {
    y[c / t.size()] += counts[c];
    t[c % t.size()] += counts[c];
  }
  double statistic = 0.0;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    const double expected = y[c / t.size()] * t[c % t.size()] / static_cast<double>(labels.sources);
    // A label without rows (of a selection that kept the codes of the whole) says nothing.
    if (expected > 0.0) statistic += (counts[c] - expected) * (counts[c] - expected) / expected;
  }
  return boost::math::cdf(complement(boost::math::chi_squared(freedom), statistic));
}

bool is_independent(double p_value) { return p_value >= kDependenceLevel; }

}  // namespace equinfo
