#pragma once

#include <functional>
#include <vector>

#include "train/trainer.h"

namespace equinfo {

/// Gives every value of the transformation of the chosen images to `use`, batch by batch, with the encoder in
/// evaluation mode and without gradients. Row i · K + t of all batches together is value t of image rows[i].
/// inputs [b · K, C, H, W] as the encoder sees them; values [b · K] the transformation labels; rows [b] the images.
void for_each_transformed(Trainer& trainer, const DeviceImages& images, const torch::Tensor& rows,
                          const Transform& transform,
                          const std::function<void(const torch::Tensor& inputs, const torch::Tensor& values,
                                                   const torch::Tensor& rows)>& use);

struct HeldoutAccuracy {
  double transform = 0;  ///< of the head, over every value of each image; 0 … 1
  double probe = 0;      ///< of the class probe on untransformed images (value 0); 0 … 1
};

/// Cost: K forward passes an image.
HeldoutAccuracy measure_heldout(Trainer& trainer, const DeviceImages& images, const Transform& transform);

}  // namespace equinfo
