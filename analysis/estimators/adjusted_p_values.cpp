#include "estimators/adjusted_p_values.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace equinfo {
namespace {

/// The observed score and those of the permutations, less their mean and divided by their deviation. The observed one
/// counts for both, so that under the null all draws are treated alike and the correction is exact.
std::vector<double> standardised_scores(const PermutationTest& test) {
  std::vector<double> scores{test.score};
  scores.insert(scores.end(), test.null_scores.begin(), test.null_scores.end());
  const auto count = static_cast<double>(scores.size());
  double mean = 0.0, squares = 0.0;
  for (const double score : scores) mean += score / count;
  for (const double score : scores) squares += (score - mean) * (score - mean) / count;
  for (double& score : scores) score = squares > 0.0 ? (score - mean) / std::sqrt(squares) : 0.0;
  return scores;
}

}  // namespace

std::vector<std::optional<double>> adjusted_p_values(const std::vector<PermutationTest>& tests) {
  std::vector<double> largest;  // of each draw, over embeddings; the observed one first
  std::vector<std::vector<double>> statistics(tests.size());
  for (std::size_t e = 0; e < tests.size(); ++e) {
    if (!tests[e].p_value) continue;
    statistics[e] = standardised_scores(tests[e]);
    require(largest.empty() || largest.size() == statistics[e].size(),
            "adjusted p-values: {} permutations of one embedding but {} of another", largest.size() - 1,
            statistics[e].size() - 1);
    largest.resize(statistics[e].size(), -std::numeric_limits<double>::infinity());
    for (std::size_t b = 0; b < largest.size(); ++b) largest[b] = std::max(largest[b], statistics[e][b]);
  }
  std::vector<std::optional<double>> adjusted(tests.size());
  for (std::size_t e = 0; e < tests.size(); ++e) {
    if (statistics[e].empty()) continue;
    const auto as_large = std::ranges::count_if(largest, [&](double t) { return t >= statistics[e].front(); });
    adjusted[e] = static_cast<double>(as_large) / static_cast<double>(largest.size());
  }
  return adjusted;
}

}  // namespace equinfo
