#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

/// Sixteen floats at a time, for functions marked EQUINFO_VECTORISED (vectorised.h), into which all of this is inlined.
/// Vectors go by reference, because a baseline build cannot return so wide a one.
namespace equinfo {

inline constexpr std::size_t kLanes = 16;
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Ints = std::int32_t __attribute__((vector_size(kLanes * sizeof(std::int32_t))));
using Doubles = double __attribute__((vector_size(kLanes * sizeof(double))));

/// Sixteen floats anywhere in an array.
using FloatsAt = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(alignof(float)), may_alias));

[[gnu::always_inline]] inline const FloatsAt& lanes_at(const float* values) {
  return *reinterpret_cast<const FloatsAt*>(values);
}
[[gnu::always_inline]] inline FloatsAt& lanes_at(float* values) { return *reinterpret_cast<FloatsAt*>(values); }

/// Whether a comparison holds in some lane.
[[gnu::always_inline]] inline bool in_some_lane(const Ints& holds) {
  const Ints nowhere{};
  return std::memcmp(&holds, &nowhere, sizeof(holds)) != 0;
}

/// In place: exp(x) = 2^n · e^r with n = round(x / ln 2), |r| ≤ ln 2 / 2, and e^r by its series to r⁷ (error < 1e-8).
/// Zero for x ≤ −87; x must not be above 87.
[[gnu::always_inline]] inline void exponentiate(Floats& x) {
  const Floats lowest = Floats{} - 87.0F;
  const auto alive = x > lowest;
  x = alive ? x : lowest;
  const Floats half = x < 0.0F ? Floats{} - 0.5F : Floats{} + 0.5F;
  const Ints n = __builtin_convertvector(x * 1.44269504F + half, Ints);
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
  x = alive ? e * power : Floats{};
}

/// In place: ln x for positive normal x, = n ln 2 + ln m with √½ ≤ m < √2, and ln m = 2 artanh((m − 1)/(m + 1)) by its
/// series to the ninth power (error < 1e-9 beside rounding).
[[gnu::always_inline]] inline void take_logarithm(Floats& x) {
  constexpr std::int32_t kRootOfHalf = 0x3F3504F3;  // the bits of √½
  Ints bits;
  std::memcpy(&bits, &x, sizeof(bits));
  const Ints n = (bits - kRootOfHalf) >> 23;
  bits -= n << 23;
  Floats m;
  std::memcpy(&m, &bits, sizeof(m));
  const Floats whole = __builtin_convertvector(n, Floats);
  const Floats s = (m - 1.0F) / (m + 1.0F), square = s * s;
  Floats series = Floats{} + 2.0F / 9.0F;
  series = series * square + 2.0F / 7.0F;
  series = series * square + 2.0F / 5.0F;
  series = series * square + 2.0F / 3.0F;
  series = series * square * s + 2.0F * s;
  x = whole * 0.693359375F + (whole * -2.12194440e-4F + series);
}

}  // namespace equinfo
