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

/// Sum of the lanes in a fixed order.
float lane_sum(const Floats& values) {
  float sum = 0.0F;
  for (std::size_t i = 0; i < kLanes; ++i) sum += values[i];
  return sum;
}

float lane_max(const Floats& values) {
  float largest = values[0];
  for (std::size_t i = 1; i < kLanes; ++i) largest = std::max(largest, values[i]);
  return largest;
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
