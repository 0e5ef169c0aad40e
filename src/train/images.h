#pragma once

#include <vector>

#include <torch/types.h>

#include "dataset/dataset.h"
#include "encoder/encoder_options.h"

namespace equinfo {

/// Images and classes on the device they are used on, uint8 as they were read.
struct DeviceImages {
  torch::Tensor pixels;  ///< [N, C, H, W] uint8
  torch::Tensor labels;  ///< [N] int64
  std::int64_t count() const { return pixels.size(0); }
};

/// Shape of the images.
ImageShape image_shape(const DeviceImages& images);

DeviceImages to_device(const ImageDataset& images, torch::Device device);

/// Turns pixels into what the encoder sees: float in [0, 1], minus mean, over std (if given), in channels-last order,
/// in which convolutions run faster.
class PixelScale {
 public:
  /// mean, std: one value a channel, or none. Throws std::invalid_argument if their number is not the channels'.
  PixelScale(std::int64_t channels, const std::vector<double>& mean, const std::vector<double>& std,
             torch::Device device);
  torch::Tensor operator()(const torch::Tensor& pixels) const;

 private:
  torch::Tensor factor_, offset_;  // float · factor + offset, [1, C, 1, 1]
};

}  // namespace equinfo
