#pragma once

#include <cstdint>

namespace at {
class Tensor;
}

namespace equinfo {

/// Linear maps of an image's rows and columns as one small matrix an image: a blur or a change of size of a whole batch
/// is then two batched products, whatever the strength of each image.

/// images [N, C, H, W] float, rows [N, H', H], columns [N, W', W] → [N, C, H', W'] float: rows · image · columnsᵀ.
at::Tensor apply_separable(const at::Tensor& images, const at::Tensor& rows, const at::Tensor& columns);

/// Gaussian blur along an axis of `size` pixels, mirrored at its ends without repeating the end (as torchvision does):
/// sigmas [N] float in pixels, half_widths [N] int64 in 0 … size − 1 (kernel 2 h + 1; 0 = none) → [N, size, size].
/// `widest` bounds half_widths. Throws std::invalid_argument if widest ≥ size.
at::Tensor gaussian_matrices(const at::Tensor& sigmas, const at::Tensor& half_widths, std::int64_t widest,
                             std::int64_t size);

/// Change of size with a triangle filter that is widened when shrinking (bilinear with antialiasing, as PIL does): the
/// pixels [begin, begin + length) of an axis of `size` become `result` pixels. begin, length [N] float, whole numbers.
/// → [N, result, size].
at::Tensor resize_matrices(const at::Tensor& begin, const at::Tensor& length, std::int64_t size, std::int64_t result);

}  // namespace equinfo
