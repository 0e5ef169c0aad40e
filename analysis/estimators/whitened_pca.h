#pragma once

#include <cstdint>
#include <vector>

#include "core/matrix.h"
#include "estimators/scaled_rows.h"

namespace equinfo {

struct WhitenedPcaOptions {
  int dims = 16;    ///< directions to keep at most, ≥ 1
  int threads = 0;  ///< 0: one for each core; the result does not depend on it
  /// Directions whose variance is at most this share of the largest are dropped: they hold rounding, and whitening
  /// would blow it up. In [0, 1).
  double smallest_variance_ratio = 1e-10;
};

/// The affine map z ↦ (directions · (z − mean)) that takes the leading principal components to unit variance.
struct WhitenedPca {
  std::vector<double> mean;       ///< [d]
  Matrix<double> directions;      ///< [kept, d], each divided by its component's standard deviation
  std::vector<double> variances;  ///< of the kept components, descending, [kept]
  double explained = 1.0;         ///< share of the total variance that the kept components have, in [0, 1]

  std::int64_t kept() const { return directions.rows(); }
};

/// Fitted without labels on the given rows, which must be *all* rows that are later compared: a map for each fold puts
/// rows in different coordinates and makes synergy out of nothing. Each direction's largest coefficient (the first of
/// equals) is positive. Data without any variance keep one direction of zeros, so that every row maps to 0.
/// float64, cut into blocks that depend on the shape alone. Throws std::invalid_argument for no rows or columns, or
/// options outside their range. n·d² + 9 d³ operations.
WhitenedPca fit_whitened_pca(const ScaledRows& z, const WhitenedPcaOptions& options);

/// The map applied to every row: [N, kept], computed in float64 and rounded. Throws std::invalid_argument if the
/// number of columns differs from the fit's.
Matrix<float> apply(const WhitenedPca& pca, const ScaledRows& z, int threads);

}  // namespace equinfo
