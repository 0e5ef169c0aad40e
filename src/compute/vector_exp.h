#pragma once

#include <cstddef>
#include <span>

namespace equinfo {

/// Replaces every value by exp(value − shift) and returns their sum, added in a fixed order. Relative error below 3e-7;
/// values more than 87 below the shift become 0, which is what softmax wants; values must not lie above the shift by
/// more than 87. About one nanosecond for ten values with AVX-512.
float exp_minus(std::span<float> values, float shift);

/// The largest value (the lowest float for none); there must be no NaN among them. As fast.
float largest_of(std::span<const float> values);

}  // namespace equinfo
