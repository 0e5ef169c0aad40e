#include "synergy/direct_estimators.h"

#include "synergy/knn_panel.h"
#include "synergy/quantized_panel.h"

namespace equinfo {

const std::vector<DirectEstimator>& direct_estimators() {
  static const std::vector<DirectEstimator> table{
      {"knn", "k nearest neighbours, one radius for all quantities, in whitened principal components", knn_reading,
       knn_refusal_of, true},
      {"knn_own", "the same with a radius for each quantity (Ross 2014); no conditional ones, no synergy",
       knn_own_reading, knn_own_refusal_of},
      {"knn_logits", "the same on the cross-fitted logits of the chosen probe, fold by fold", knn_logits_reading,
       knn_logits_refusal_of},
      {"quantized", "counts in the cells of a k-means codebook; lower bounds, of S none", quantized_reading,
       quantized_refusal_of},
  };
  return table;
}

}  // namespace equinfo
