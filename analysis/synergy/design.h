#pragma once

#include <vector>

#include "estimators/labels.h"

namespace equinfo {

/// What the labels alone say, before any representation is looked at. Entropies are plug-in values in nats.
struct Design {
  double h_y = 0.0, h_t = 0.0, h_yt = 0.0;  ///< H(Y), H(T), H(Y,T)
  double y_t = 0.0;                          ///< I(Y;T) = H(Y) + H(T) − H(Y,T); zero when T is fully crossed with Y
  double dependence_p_value = 1.0;           ///< G-test of Y ⟂ T on counts in which every source weighs one
  bool independent = true;                   ///< dependence_p_value ≥ 0.001
  bool balanced = true;                      ///< every cell has the same number of rows
  std::vector<double> row_y_t;               ///< ln p(y,t)/(p(y) p(t)) of each row, [N]; its mean is I(Y;T)
};

/// The G-test weighs each source once, because rows that share a source are no independent evidence: exact for one row
/// a source, conservative for more. O(N).
Design describe_design(const Labels& labels);

}  // namespace equinfo
