#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "store/half.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

std::uint16_t half(float value) {
  std::uint16_t result = 0;
  halves_from_floats({&value, 1}, {&result, 1});
  return result;
}

float single(std::uint16_t half) {
  float result = 0;
  floats_from_halves({&half, 1}, {&result, 1});
  return result;
}

/// The definition, in float64: value = ±(fraction) · 2^(exponent − 25), subnormals with the smallest exponent.
double half_by_definition(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

}  // namespace

TEST_CASE("every finite half becomes its float and comes back with the same bits") {
  int wrong = 0;
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const auto h = static_cast<std::uint16_t>(bits);
    if ((bits & 0x7c00U) == 0x7c00U) continue;
    wrong += static_cast<double>(single(h)) != half_by_definition(h) || half(single(h)) != h;
  }
  CHECK(wrong == 0);
}

TEST_CASE("halves are the nearest ones, ties to even: against rounding in float64") {
  RandomStream stream(1, "halves");
  int wrong = 0;
  for (int i = 0; i < 200000; ++i) {
    const auto value = static_cast<float>((2 * stream.uniform() - 1) * std::exp2(42 * stream.uniform() - 27));
    if (std::abs(value) > kLargestHalf) continue;
    const int exponent = std::max(std::ilogb(value), -14);
    const double unit = std::exp2(exponent - 10);
    wrong += static_cast<double>(single(half(value))) != std::nearbyint(value / unit) * unit;
  }
  CHECK(wrong == 0);
  CHECK(half(1 + 0x1p-11F) == half(1.0F));             // a tie goes down to the even one
  CHECK(half(1 + 3 * 0x1p-11F) == half(1 + 0x1p-9F));  // and up to the even one
  CHECK(half(0x1p-25F) == 0);                          // a tie of subnormals, to zero
  CHECK(half(0x1.8p-24F) == 2);                        // and to two units
}

TEST_CASE("finite values beyond 65504 saturate and are counted, and infinities and NaN are kept") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {65504.0F, -65504.0F, 65504.1F, -1e30F, kInfinity, -kInfinity, std::nanf(""), 1.0F};
  std::vector<std::uint16_t> halves(values.size());
  CHECK(halves_from_floats(values, halves) == 2);
  CHECK(halves == std::vector<std::uint16_t>{0x7bff, 0xfbff, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00, 0x3c00});
  CHECK(single(0x7c00) == kInfinity);
  CHECK(single(0xfc00) == -kInfinity);
  CHECK(std::isnan(single(0x7e01)));
}
