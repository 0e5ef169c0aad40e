#pragma once

#include <array>
#include <cstddef>

namespace equinfo {

/// Lanes that the kernels below work on at once; their arrays have a length that is a multiple of it.
inline constexpr std::size_t kLanes = 16;
/// Stands for ln 0 in the kernels: far below any logarithm that matters, and finite.
inline constexpr float kLogZero = -1e30F;

inline std::size_t padded_to_lanes(std::size_t length) { return (length + kLanes - 1) / kLanes * kLanes; }

/// The evidence of one row spread over its cells: ln p(y,t) and the features A(y), B(t), C(y,t), [length] each, padded
/// with kLogZero and zeros.
struct RowFeatures {
  const float *log_prior, *a, *b, *c;
  std::size_t length;
};

/// weight[cell] = exp(u − max u) for u = ln p + gate · (A, B, C); returns max u and the sum of the weights.
struct RowNorm {
  float largest, sum;
};
RowNorm gated_weights(const RowFeatures& row, const std::array<float, 3>& gate, float* weight);

/// Sums over cells of weight · (A, B, C) and of weight times the products AA, BA, BB, CA, CB, CC.
struct RowMoments {
  std::array<float, 3> first{};
  std::array<float, 6> second{};
};
RowMoments weighted_moments(const RowFeatures& row, const float* weight);

}  // namespace equinfo
