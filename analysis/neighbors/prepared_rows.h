#pragma once

#include <cstdint>
#include <vector>

#include "core/matrix.h"

namespace equinfo {

/// What an engine multiplies coordinates with.
enum class Arithmetic {
  kSingle,  ///< float32
  kSplit    ///< pieces of bfloat16, two a coordinate, summed in float32
};

/// The rows as the engines see them: in a given order, centred (float64 mean), scaled by a power of two so that no
/// square over- or underflows, rounded to float32; with norms and with the rounding bound of D².
///
/// The bound. Let u = 2⁻²⁴, c the prepared rows, n = ‖c‖² (float64). An engine computes
///     low = fl( ñ_i + ñ_j − 2 Σ c_i c_j ),   ñ = n (1 − β),
/// in any order of summation, fused or not, adding ñ_i + ñ_j first, last, or in one of the steps. Its errors are at
/// most
///     2 (d + 4) u/(1 − (d + 4) u) · (n_i + n_j)   summation of d + 2 terms of absolute sum ≤ 2 (n_i + n_j) (1 + du)
///     2 u (n_i + n_j)                              rounding of the two ñ, and of their sum
///     4 u (n_i + n_j) (1 + u)                      rounding of the centred coordinates: ‖e‖ ≤ u ‖c‖, D ≤ ‖c_i‖ + ‖c_j‖
/// so with β = 2.02 (d + 10) u  (d ≤ 65536)
///     low ≤ D² ≤ low + 2 β (n_i + n_j) + tiny,
/// D² in the scaled unit, where tiny = 16 (d + 4) · 2⁻¹²⁶ covers underflow (and is part of ñ as well).
///
/// Split coordinates are c = h + l + e, h and l nearest in bfloat16, which has 8 bits: |l| ≤ 2⁻⁸ |c|, |e| ≤ 2⁻¹⁶ |c|.
/// Summed are ñ_i + ñ_j − 2 Σ (h_i h_j + h_i l_j + l_i h_j), 32 products at a time in any order, then the p sums of
/// these; p ≤ d/8 + 3 (TileShape). In place of the first line above stand
///     2.02 (32 + p) u · (n_i + n_j)                the terms' absolute sum is ≤ 2.016 (n_i + n_j)
///     3.02 · 2⁻¹⁶ · (n_i + n_j)                    what is left out: l_i l_j, and the products of both e
/// so β = 2.02 (d/8 + 39) u + 3.02 · 2⁻¹⁶; and tiny is four times as large, as what lies below 2⁻¹²⁶ counts as zero.
class PreparedRows {
 public:
  /// `order[i]` is the row of z that becomes prepared row i. Keeps a view of z: it must outlive this.
  PreparedRows(MatrixView<const float> z, std::vector<std::int32_t> order, int threads,
               Arithmetic arithmetic = Arithmetic::kSingle);

  /// The arithmetic that the bound allows for, and another one from now on: scanners made before are void.
  Arithmetic arithmetic() const { return arithmetic_; }
  void allow_for(Arithmetic arithmetic);

  std::int64_t rows() const { return z_.rows(); }
  std::int64_t cols() const { return z_.cols(); }
  /// Rows rounded up to a multiple of kPadding, and kPadding more; padded rows are zero with low_norm = +∞.
  std::int64_t padded_rows() const { return centred_.rows(); }

  const Matrix<float>& centred() const { return centred_; }          ///< [padded rows, d]
  const std::vector<float>& low_norm() const { return low_norm_; }   ///< ñ, [padded rows]
  const std::vector<std::int32_t>& order() const { return order_; }  ///< [N]

  /// Squared distances times this are in the scaled unit of low_norm. A power of four.
  double squared_scale() const { return squared_scale_; }
  const std::vector<double>& slacks() const { return slack_; }  ///< each row's part of slack(i, j), [N]
  /// low + slack(i, j) ≥ D² in the scaled unit.
  double slack(std::int64_t i, std::int64_t j) const {
    return slack_[static_cast<std::size_t>(i)] + slack_[static_cast<std::size_t>(j)];
  }
  /// D² of two prepared rows, from the original float32 values: float64, columns first to last. Original unit.
  double exact_squared_distance(std::int64_t i, std::int64_t j) const;

  /// The same sum in whatever order is fastest: within close_factor() times itself of the exact one.
  double close_squared_distance(std::int64_t i, std::int64_t j) const;
  /// Both sums add the same d non-negative terms, so each is within (d − 1) · 2⁻⁵³/(1 − …) of the true one. Of few
  /// columns the exact sum is as fast, and is taken itself.
  double close_factor() const { return is_short() ? 0.0 : 2.02 * static_cast<double>(cols() + 2) * 0x1p-53; }

  static constexpr std::int64_t kPadding = 32;

 private:
  std::vector<double> column_means(int threads) const;
  void centre(const std::vector<double>& means, int threads);
  void finish_norms();
  bool is_short() const { return cols() <= 32; }

  MatrixView<const float> z_;
  std::vector<std::int32_t> order_;
  Arithmetic arithmetic_;
  Matrix<float> centred_;
  std::vector<float> low_norm_;
  std::vector<double> slack_;
  std::vector<unsigned char> exactly_zero_;  ///< whether a row equals the mean
  double squared_scale_ = 1.0;
};

/// The smallest float that is not below `value`.
float float_not_below(double value);

}  // namespace equinfo
