#include "audit/ambiguous_rows.h"

#include <algorithm>
#include <cmath>

namespace equinfo {

std::vector<AmbiguousRow> most_ambiguous(const TransformEvidence& stack, const TransformedRows& data,
                                         std::int64_t count) {
  const auto& prior = data.rows.t_priors.t;
  std::vector<std::pair<double, std::int64_t>> by_entropy;  // of each image's least readable row
  std::vector<double> best(static_cast<std::size_t>(data.rows.labels.sources), -1.0);
  std::vector<std::int64_t> row_of(best.size(), 0);
  for (std::int64_t i = 0; i < stack.rows(); ++i) {
    double entropy = 0.0;
    for (std::size_t t = 0; t < prior.size(); ++t) {
      const double log_q = prior[t] + stack.row(i)[t];
      if (std::isfinite(log_q)) entropy -= std::exp(log_q) * log_q;
    }
    const auto source = static_cast<std::size_t>(data.rows.labels.source[static_cast<std::size_t>(i)]);
    if (entropy <= best[source]) continue;
    best[source] = entropy;
    row_of[source] = i;
  }
  for (std::size_t s = 0; s < best.size(); ++s) by_entropy.emplace_back(-best[s], row_of[s]);
  std::ranges::sort(by_entropy);
  by_entropy.resize(std::min<std::size_t>(by_entropy.size(), static_cast<std::size_t>(count)));
  std::vector<AmbiguousRow> rows;
  for (const auto& [negative, i] : by_entropy) {
    const auto r = static_cast<std::size_t>(i);
    AmbiguousRow row{data.drawn.image[r], data.drawn.t[r], {}};
    for (std::size_t t = 0; t < prior.size(); ++t) row.posterior.push_back(std::exp(prior[t] + stack.row(i)[t]));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace equinfo
