#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "estimators/labels.h"

namespace equinfo {

/// What the labels alone say, before any representation is looked at. Entropies are plug-in values in nats. Labels that
/// pass for independent count as exactly so (see LogPriors): their plug-in I(Y;T) is sampling error, of about
/// (classes − 1)(transforms − 1)/2N, which a representation of Y alone would pass on to I(Z;T). Where T is continuous,
/// T stands for its bins.
struct Design {
  double h_y = 0.0, h_t = 0.0, h_yt = 0.0;  ///< H(Y), H(T), H(Y,T); the last is the sum where Y ⟂ T
  double y_t = 0.0;                         ///< I(Y;T) = H(Y) + H(T) − H(Y,T)
  double dependence_p_value = 1.0;          ///< independence_p_value
  bool independent = true;                  ///< is_independent
  bool balanced = true;                     ///< every cell has the same number of rows
  std::int64_t mixed_sources = 0;           ///< sources whose rows are of several classes
  bool continuous_t = false;                ///< T is continuous: h_t bounds nothing
  std::vector<double> row_y_t;              ///< ln p(y,t)/(p(y) p(t)) of each row, [N]; its mean is I(Y;T)
};

/// O(N + cells).
Design describe_design(const Labels& labels);

/// The same design for some of its rows: row_y_t is theirs.
Design select_rows(const Design& design, std::span<const std::int64_t> rows);

}  // namespace equinfo
