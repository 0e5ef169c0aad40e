#include "store/half.h"

#include <algorithm>
#include <bit>

namespace equinfo {
namespace {

constexpr std::uint32_t kSign = 0x80000000U;
constexpr std::uint32_t kFloatInfinity = 0x7f800000U;
constexpr std::uint32_t kLargestHalfBits = std::bit_cast<std::uint32_t>(kLargestHalf);
constexpr std::uint32_t kSmallestNormalBits = std::bit_cast<std::uint32_t>(0x1p-14F);
constexpr std::uint32_t kExponentShift = 127U - 15U;  // the difference of the two exponent biases

// Every case is computed and one is selected by a mask: a conditional expression would let the compiler branch around
// the floating-point cases, and a loop with branches is not vectorised.
std::uint32_t select(bool condition, std::uint32_t yes, std::uint32_t no) {
  const std::uint32_t mask = 0U - static_cast<std::uint32_t>(condition);
  return (yes & mask) | (no & ~mask);
}

std::uint16_t half_from_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & ~kSign;
  const std::uint32_t clipped = std::min(magnitude, kLargestHalfBits);
  // Normal: half a unit of the 13 dropped bits, less one if the kept part is even, makes ties go to even.
  const std::uint32_t normal = ((clipped + 0x0fffU + ((clipped >> 13) & 1U)) >> 13) - (kExponentShift << 10);
  // Subnormal: the last bit of 0.5 weighs 2^-24 like that of a subnormal half, so the adder does the rounding.
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(clipped) + 0.5F) - std::bit_cast<std::uint32_t>(0.5F);
  const std::uint32_t finite = select(clipped < kSmallestNormalBits, subnormal, normal);
  const std::uint32_t special = select(magnitude > kFloatInfinity, 0x7e00U, 0x7c00U);
  return static_cast<std::uint16_t>(select(magnitude >= kFloatInfinity, special, finite) | (bits & kSign) >> 16);
}

float float_from_half(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16;
  const std::uint32_t magnitude = half & 0x7fffU;
  const std::uint32_t normal = (magnitude << 13) + (kExponentShift << 23);
  const std::uint32_t special = (magnitude << 13) | kFloatInfinity;
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<int>(magnitude)) * 0x1p-24F);
  const std::uint32_t finite = select(magnitude < 0x0400U, subnormal, normal);
  return std::bit_cast<float>(select(magnitude >= 0x7c00U, special, finite) | sign);
}

}  // namespace

std::int64_t halves_from_floats(std::span<const float> values, std::span<std::uint16_t> halves) {
  for (std::size_t i = 0; i < values.size(); ++i) halves[i] = half_from_float(values[i]);
  std::int64_t saturated = 0;
  for (const float value : values) {
    const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(value) & ~kSign;
    saturated += static_cast<std::int64_t>(magnitude > kLargestHalfBits) & (magnitude < kFloatInfinity);
  }
  return saturated;
}

void floats_from_halves(std::span<const std::uint16_t> halves, std::span<float> values) {
  for (std::size_t i = 0; i < halves.size(); ++i) values[i] = float_from_half(halves[i]);
}

}  // namespace equinfo
