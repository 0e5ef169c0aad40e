#pragma once

namespace at {
class Tensor;
}

namespace equinfo {

/// Crop, flip, colour jitter and grayscale of SimCLR in two ways that agree to float32's rounding. images
/// [N, 1 or 3, H, W] of uint8 or float; draws [N, 26] as find_augment("simclr").draw gives them → float [N, C, H, W].
/// By operations on whole batches, for any device. Cost: some hundred passes over the batch.
at::Tensor simclr_by_tensors(const at::Tensor& images, const at::Tensor& draws);
/// Image by image, on the CPU alone: all that happens to an image happens within a core's cache.
at::Tensor simclr_by_pixels(const at::Tensor& images, const at::Tensor& draws);

}  // namespace equinfo
