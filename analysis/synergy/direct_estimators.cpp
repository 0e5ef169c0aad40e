#include "synergy/direct_estimators.h"

#include <algorithm>

#include "compute/team.h"
#include "core/available_memory.h"
#include "core/error.h"
#include "synergy/knn_panel.h"
#include "synergy/measure.h"
#include "synergy/quantized_panel.h"

namespace equinfo {

const std::vector<DirectEstimator>& direct_estimators() {
  static const std::vector<DirectEstimator> table{
      {"knn", "k nearest neighbours, one radius for all quantities, in whitened principal components", knn_reading,
       knn_refusal_of, true, knn_memory},
      {"knn_own", "the same with a radius for each quantity (Ross 2014); no conditional ones, no synergy",
       knn_own_reading, knn_own_refusal_of, false, knn_memory},
      {"knn_logits", "the same on the cross-fitted logits of the chosen probe, fold by fold", knn_logits_reading,
       knn_logits_refusal_of},
      {"quantized", "counts in the cells of a k-means codebook; lower bounds, of S none", quantized_reading,
       quantized_refusal_of},
  };
  return table;
}

void require_memory(std::int64_t rows, std::int64_t cols, const MeasureOptions& options) {
  for (const DirectEstimator& estimator : direct_estimators()) {
    const bool asked = std::ranges::find(options.estimators, estimator.name) != options.estimators.end();
    if (!asked || !estimator.memory) continue;
    const std::int64_t needed = estimator.memory(rows, cols, options), free = available_memory() / team_members_here();
    require(needed <= free, "{}: {} rows of {} columns take {} of memory, but {} are free; leave {} out",
            estimator.name, rows, cols, bytes_text(needed), bytes_text(free), estimator.name);
  }
}

}  // namespace equinfo
