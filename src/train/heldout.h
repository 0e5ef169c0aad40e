#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "train/trainer.h"

namespace equinfo {

/// Chooses the images that a limit keeps and what is drawn for held-out ones. One for all training seeds, so that runs
/// differ by their training alone and their features can be compared image by image.
inline constexpr std::int64_t kMeasurementSeed = 0;

/// Which values of the transformation held-out images take, and the noise: all K values of each image, or so many
/// random ones if T is continuous. A function of the number of images alone, so each epoch and each run sees the same
/// rows.
struct HeldoutValues {
  HeldoutValues(const TrainConfig& config, const DeviceImages& images);

  Transform transform;
  std::int64_t per_image = 0;  ///< R: K, or `transform.draws`
  torch::Tensor labels;        ///< [images · R] int64 or [images · R, p] float64, value after value of each image
  torch::Tensor noise;         ///< [images · R, q]
};

/// Gives every value of the transformation of the chosen images to `use`, batch by batch, with the model in
/// evaluation mode and without gradients. Row i · R + t of all batches together is value t of image rows[i].
/// inputs [b · R, C, H, W] as the encoder sees them; labels [b · R] or [b · R, p]; rows [b] the images.
void for_each_transformed(torch::nn::Module& model, const PixelScale& scale, const DeviceImages& images,
                          const torch::Tensor& rows, const HeldoutValues& values,
                          const std::function<void(const torch::Tensor& inputs, const torch::Tensor& labels,
                                                   const torch::Tensor& rows)>& use);

struct HeldoutAccuracy {
  std::optional<double> transform;  ///< of the head, if there is one, over every value (and component); 0 … 1
  double probe = 0;                 ///< of the class probe on untransformed images; 0 … 1
};

/// Ranks share the images. Cost: R forward passes an image, one more if no value leaves images as they are.
HeldoutAccuracy measure_heldout(Trainer& trainer, const DeviceImages& images, const HeldoutValues& values);

}  // namespace equinfo
