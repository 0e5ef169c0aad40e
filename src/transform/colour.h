#pragma once

namespace at {
class Tensor;
}

namespace equinfo {

/// Luma of ITU-R BT.601 (equinfo::luma before its rounding): images [N, 1 or 3, H, W] float → [N, 1, H, W]; grey
/// images are their own luma. Throws std::invalid_argument for another number of channels.
at::Tensor luma_of(const at::Tensor& images);

/// f · images + (1 − f) · other, clamped to 0 … 255. `other` and factors f [N, 1, 1, 1] are broadcast. other = 0
/// changes brightness, the mean luma of the image contrast, its luma saturation.
at::Tensor blend(const at::Tensor& images, const at::Tensor& other, const at::Tensor& factors);

/// Turns the hue of HSV: images [N, 3, H, W] float, turns [N, 1, 1, 1], 1 = all the way round. Grey images come back.
at::Tensor turn_hue(const at::Tensor& images, const at::Tensor& turns);

}  // namespace equinfo
