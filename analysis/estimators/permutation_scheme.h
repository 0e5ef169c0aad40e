#pragma once

#include <cstdint>
#include <string>

#include "estimators/labels.h"
#include "estimators/quantity.h"
#include "resampling/permutation.h"

namespace equinfo {

/// Which labels are permuted to test that a quantity is zero, and among which places.
struct PermutationScheme {
  LabelPermutations permutations;
  bool moves_y, moves_t;
  std::string words;     ///< such as "T within source"
  std::int64_t movable;  ///< rows whose label may change; 0: the design allows no test
};

/// The scheme for I(Z;Y), I(Z;T), I(Z;Y|T), I(Z;T|Y) or I(Z;Y,T), which follows from the design (permutation_test.h);
/// throws std::invalid_argument for another quantity. O(N log N).
PermutationScheme permutation_scheme(Quantity quantity, const Labels& labels);

}  // namespace equinfo
