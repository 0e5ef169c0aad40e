#pragma once

namespace at {
class Tensor;
}

namespace equinfo {

/// What lies outside an image: black, or its nearest border pixel.
enum class Outside { kBlack, kBorder };

/// Samples each image at the points of its affine map, bilinearly. images [N, C, H, W] of uint8 or float; map [N, 2, 3]
/// float: output pixel (x, y) shows the input at map · (x, y, 1), where x and y run from −1 (left or top edge) to 1.
/// Gives the images' shape and type. Cost: one pass; no filter, so it is meant for sizes that hardly change.
at::Tensor sample_affine(const at::Tensor& images, const at::Tensor& map, Outside outside);

/// float values as `type`: uint8 is rounded and clamped to 0 … 255.
at::Tensor as_type_of(const at::Tensor& images, const at::Tensor& values);

/// One number an image, [N], as [N, 1, 1, 1] float, to be broadcast.
at::Tensor per_image(const at::Tensor& values);

}  // namespace equinfo
