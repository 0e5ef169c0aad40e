#include "compute/vector_exp.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>

#include "compute/vectorised.h"

namespace equinfo {
namespace {

constexpr std::size_t kLanes = 16;
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Ints = std::int32_t __attribute__((vector_size(kLanes * sizeof(std::int32_t))));

/// In place: exp(x) = 2^n · e^r with n = round(x / ln 2), |r| ≤ ln 2 / 2, and e^r by its series to r⁷ (error < 1e-8).
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

}  // namespace

EQUINFO_VECTORISED float exp_minus(std::span<float> values, float shift) {
  Floats sum{};
  const std::size_t whole = values.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    Floats x;
    std::memcpy(&x, values.data() + i, sizeof(x));
    x -= shift;
    exponentiate(x);
    std::memcpy(values.data() + i, &x, sizeof(x));
    sum += x;
  }
  if (const std::size_t rest = values.size() - whole; rest > 0) {
    Floats x = Floats{} - 1000.0F;  // lanes beyond the end come out as 0
    std::memcpy(&x, values.data() + whole, rest * sizeof(float));
    for (std::size_t i = 0; i < rest; ++i) x[i] -= shift;
    exponentiate(x);
    std::memcpy(values.data() + whole, &x, rest * sizeof(float));
    sum += x;
  }
  std::array<float, kLanes> lanes{};
  std::memcpy(lanes.data(), &sum, sizeof(sum));
  float total = 0.0F;
  for (const float lane : lanes) total += lane;
  return total;
}

EQUINFO_VECTORISED float largest_of(std::span<const float> values) {
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  Floats largest = Floats{} + kLowest;
  const std::size_t whole = values.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    Floats x;
    std::memcpy(&x, values.data() + i, sizeof(x));
    largest = x > largest ? x : largest;
  }
  float top = kLowest;
  for (std::size_t i = whole; i < values.size(); ++i) top = std::max(top, values[i]);
  for (std::size_t i = 0; i < kLanes; ++i) top = std::max(top, largest[i]);
  return top;
}

}  // namespace equinfo
