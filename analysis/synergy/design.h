#pragma once

#include <vector>

#include "estimators/labels.h"

namespace equinfo {

/// What the labels alone say, before any representation is looked at. Entropies are plug-in values in nats.
struct Design {
  double h_y = 0.0, h_t = 0.0, h_yt = 0.0;  ///< H(Y), H(T), H(Y,T)
  double y_t = 0.0;                 ///< I(Y;T) = H(Y) + H(T) − H(Y,T), plug-in; 0 when T is fully crossed with Y
  double dependence_p_value = 1.0;  ///< Pearson's test of Y ⟂ T, every source weighing one
  bool independent = true;          ///< dependence_p_value ≥ 0.001
  bool balanced = true;             ///< every cell has the same number of rows
  std::vector<double> row_y_t;      ///< ln p(y,t)/(p(y) p(t)) of each row, [N]; its mean is I(Y;T)
};

/// The test weighs each source once, because rows that share a source are no independent evidence; conservative for
/// more than one row a source. O(N).
Design describe_design(const Labels& labels);

}  // namespace equinfo
