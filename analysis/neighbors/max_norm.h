#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/matrix.h"

namespace equinfo {

/// N rows of a representation and of a parameter, with a class.
struct MaxNormProblem {
  MatrixView<const float> z;        ///< [N, d], finite
  MatrixView<const double> t;       ///< [N, p], finite; of a circular component in [0, period)
  std::span<const double> period;   ///< [p], 0 for a component that is not circular
  std::span<const std::int32_t> y;  ///< [N] classes
  /// [N] codes of the source each row stems from; rows of one source are never each other's neighbours. Empty: every
  /// row is a source of its own.
  std::span<const std::int32_t> source = {};
};

struct MaxNormOptions {
  int threads = 0;             ///< 0: one for each core; the result does not depend on it
  bool show_progress = false;  ///< a progress line on standard error if it takes long
};

/// How many eligible rows lie near a row, in which distances: z, t, or both; and y: inside its class.
struct MaxNormCounts {
  std::int32_t z = 0, t = 0, zt = 0, zy = 0, ty = 0, zty = 0;
  bool operator==(const MaxNormCounts&) const = default;
};

/// For each of the given k ≥ 1, the counts of all rows. With r the k-th smallest max(d_Z, d_T) to an eligible row of
/// the same class, d_Z Euclidean and d_T the largest difference of a component of t (the short way round where
/// circular): the rows at distance < r, plus one, and zty = k. Where more than k eligible rows of the class lie at ≤ r,
/// the rows at ≤ r without plus one instead. The row itself and rows of its source are not counted.
///
/// Distances are compared as squares, in float64 sums over the columns, first to last, of squared differences; nothing
/// is rounded in between, so counts are exact in that sense on every processor. Memory: a copy of z and t, and 3·N
/// doubles a thread. Throws std::invalid_argument if shapes disagree, a k < 1, a value is not finite, or a row has
/// fewer than k eligible rows in its class. About N²·(d + p) float64 operations.
std::vector<std::vector<MaxNormCounts>> max_norm_counts(const MaxNormProblem& problem, std::span<const int> ks,
                                                        const MaxNormOptions& options);

}  // namespace equinfo
