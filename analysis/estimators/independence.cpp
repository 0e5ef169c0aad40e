#include "estimators/independence.h"

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

}  // namespace

double independence_p_value(const Labels& labels) {
  const double freedom = (labels.classes - 1.0) * (labels.transforms - 1.0);
  if (freedom <= 0.0) return 1.0;
  const std::vector<double> counts = source_counts(labels);
  std::vector<double> y(static_cast<std::size_t>(labels.classes)), t(static_cast<std::size_t>(labels.transforms));
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
