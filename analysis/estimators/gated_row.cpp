#include "estimators/gated_row.h"

#include <algorithm>

#include "compute/vector_exp.h"
#include "compute/vectorised.h"

namespace equinfo {
namespace {

using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));

/// Sixteen floats anywhere in an array.
using FloatsAt = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(alignof(float)), may_alias));

[[gnu::always_inline]] inline const FloatsAt& at(const float* values) {
  return *reinterpret_cast<const FloatsAt*>(values);
}
[[gnu::always_inline]] inline FloatsAt& at(float* values) { return *reinterpret_cast<FloatsAt*>(values); }

using Eight = float __attribute__((vector_size(8 * sizeof(float))));
using Four = float __attribute__((vector_size(4 * sizeof(float))));

/// The lanes of a vector in two halves; by reference, because a baseline build cannot return so wide a vector.
[[gnu::always_inline]] inline void split(const Floats& values, Eight& low, Eight& high) {
  low = __builtin_shufflevector(values, values, 0, 1, 2, 3, 4, 5, 6, 7);
  high = __builtin_shufflevector(values, values, 8, 9, 10, 11, 12, 13, 14, 15);
}
[[gnu::always_inline]] inline void split(const Eight& values, Four& low, Four& high) {
  low = __builtin_shufflevector(values, values, 0, 1, 2, 3);
  high = __builtin_shufflevector(values, values, 4, 5, 6, 7);
}

/// Sum of the lanes in a fixed order: halves onto halves, so that no long chain of additions waits for itself.
[[gnu::always_inline]] inline float lane_sum(const Floats& values) {
  Eight low, high;
  split(values, low, high);
  Four first, second;
  split(low + high, first, second);
  const Four four = first + second;
  return (four[0] + four[2]) + (four[1] + four[3]);
}

[[gnu::always_inline]] inline float lane_max(const Floats& values) {
  Eight low, high;
  split(values, low, high);
  Four first, second;
  split(low > high ? low : high, first, second);
  const Four four = first > second ? first : second;
  return std::max(std::max(four[0], four[1]), std::max(four[2], four[3]));
}

}  // namespace

EQUINFO_VECTORISED RowNorm gated_weights(const RowFeatures& row, const std::array<float, 3>& gate, float* weight) {
  Floats largest = Floats{} + kLogZero;
  for (std::size_t i = 0; i < row.length; i += kLanes) {
    const Floats u =
        at(row.log_prior + i) + gate[0] * at(row.a + i) + gate[1] * at(row.b + i) + gate[2] * at(row.c + i);
    largest = u > largest ? u : largest;
    at(weight + i) = u;
  }
  const float top = lane_max(largest);
  return {top, exp_minus({weight, row.length}, top)};
}

EQUINFO_VECTORISED RowMoments weighted_moments(const RowFeatures& row, const float* weight) {
  Floats a1{}, b1{}, c1{}, aa{}, ba{}, bb{}, ca{}, cb{}, cc{};
  for (std::size_t i = 0; i < row.length; i += kLanes) {
    const Floats w = at(weight + i), a = at(row.a + i), b = at(row.b + i), c = at(row.c + i);
    const Floats wa = w * a, wb = w * b, wc = w * c;
    a1 += wa;
    b1 += wb;
    c1 += wc;
    aa += wa * a;
    ba += wb * a;
    bb += wb * b;
    ca += wc * a;
    cb += wc * b;
    cc += wc * c;
  }
  return {{lane_sum(a1), lane_sum(b1), lane_sum(c1)},
          {lane_sum(aa), lane_sum(ba), lane_sum(bb), lane_sum(ca), lane_sum(cb), lane_sum(cc)}};
}

}  // namespace equinfo
