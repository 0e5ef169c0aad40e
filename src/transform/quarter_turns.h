#pragma once

#include <cstdint>
#include <string>

namespace at {
class Tensor;
}

namespace equinfo {

/// Turns image i counter-clockwise by 90° · turns[i], by moving pixels. images [N, C, H, W], turns [N] int64 in 0 … 3.
/// Throws std::invalid_argument beginning with `name` if the images are not square.
at::Tensor turn_by_quarters(const at::Tensor& images, const at::Tensor& turns, const std::string& name);

}  // namespace equinfo
