#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace equinfo {

/// The largest number that IEEE binary16 ("half", float16) holds.
inline constexpr float kLargestHalf = 65504.0F;

/// float32 → float16, rounded to nearest, ties to even (IEEE 754 §4.3.1). Finite values beyond ±65504 become ±65504;
/// infinities and NaN stay what they are. `halves` has the length of `values`. Returns how many values saturated.
/// Cost: vectorised, at memory speed.
std::int64_t halves_from_floats(std::span<const float> values, std::span<std::uint16_t> halves);

/// float16 → float32, exact (subnormals, infinities and NaN included). `values` has the length of `halves`.
void floats_from_halves(std::span<const std::uint16_t> halves, std::span<float> values);

}  // namespace equinfo
