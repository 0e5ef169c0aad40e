#include "synergy/direct_estimators.h"

#include "synergy/knn_panel.h"

namespace equinfo {

const std::vector<DirectEstimator>& direct_estimators() {
  static const std::vector<DirectEstimator> table{
      {"knn", "k nearest neighbours, one radius for all quantities, in whitened principal components", knn_reading,
       knn_refusal_of, true},
  };
  return table;
}

}  // namespace equinfo
