#include "estimators/gated_row.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

// One source, three instruction sets: the right one is chosen when the program starts.
#if defined(__x86_64__)
#define EQUINFO_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EQUINFO_VECTORISED
#endif

namespace equinfo {
namespace {

using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Ints = std::int32_t __attribute__((vector_size(kLanes * sizeof(std::int32_t))));

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
    const Floats u = at(row.log_prior + i) + gate[0] * at(row.a + i) +
                     gate[1] * at(row.b + i) + gate[2] * at(row.c + i);
    largest = u > largest ? u : largest;
    at(weight + i) = u;
  }
  const float top = lane_max(largest);
  Floats sum{};
  for (std::size_t i = 0; i < row.length; i += kLanes) {
    // exp(x) = 2^n · e^r with n = round(x / ln 2), |r| ≤ ln 2 / 2, and e^r by its series to r⁷ (error < 1e-8).
    Floats x = at(weight + i) - top;
    const Floats lowest = Floats{} - 87.0F;
    const auto alive = x > lowest;
    x = alive ? x : lowest;
    const Ints n = __builtin_convertvector(x * 1.44269504F - 0.5F, Ints);
    const Floats whole = __builtin_convertvector(n, Floats);
    const Floats r = (x - whole * 0.693359375F) - whole * -2.12194440e-4F;
    Floats e = Floats{} + 1.98412698e-4F;
    e = e * r + 1.38888889e-3F;
    e = e * r + 8.33333333e-3F;
    e = e * r + 4.16666667e-2F;
    e = e * r + 1.66666667e-1F;
    e = e * r + 0.5F;
    e = e * r + 1.0F;
    e = e * r + 1.0F;
    const Ints bits = (n + 127) << 23;
    Floats power;
    std::memcpy(&power, &bits, sizeof(power));
    e = alive ? e * power : Floats{};
    sum += e;
    at(weight + i) = e;
  }
  return {top, lane_sum(sum)};
}

EQUINFO_VECTORISED RowMoments weighted_moments(const RowFeatures& row, const float* weight) {
  Floats a1{}, b1{}, c1{}, aa{}, ba{}, bb{}, ca{}, cb{}, cc{};
  for (std::size_t i = 0; i < row.length; i += kLanes) {
    const Floats w = at(weight + i), a = at(row.a + i), b = at(row.b + i),
                 c = at(row.c + i);
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
