#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace at {
class Tensor;
struct Generator;
}  // namespace at

namespace equinfo {

struct AugmentOptions {
  std::int64_t padding = 4;            ///< crop_flip: zeros around the image before a crop of its own size; 0 … 64
  std::int64_t height = 0, width = 0;  ///< of the images; simclr needs to know them when it draws
  double min_area = 0.08;              ///< simclr: smallest share of the image's area that a crop keeps; in (0, 1]
  double jitter = 0.5;                 ///< simclr: strength s of the colour jitter; in [0, 1.25]
  double blur = 0.0;                   ///< simclr: probability of the Gaussian blur; in [0, 1]
};

/// A base augmentation: it changes the image before the transformation and carries no label.
/// Drawing and applying are apart: the draws of a whole epoch are made at once, from one explicit generator on the CPU,
/// so they do not depend on the device or the batch, and a resumed epoch has the same.
struct Augment {
  std::string name;     ///< as in configurations, such as "crop_flip"
  std::string summary;  ///< one line for --help

  /// Random parameters [count, p] (int64 or float) of `count` images, one row each, on the CPU.
  at::Tensor (*draw)(std::int64_t count, const AugmentOptions& options, at::Generator& generator);
  /// Applies row i of the draws to image i. images [N, C, H, W] of uint8 or float, draws [N, p] on the same device;
  /// gives a new tensor of the images' shape and type (or the images themselves). Whole batches at a time.
  at::Tensor (*apply)(const at::Tensor& images, const at::Tensor& draws, const AugmentOptions& options);

  bool random = true;  ///< whether two draws give different images
};

/// Every augmentation the project knows, in the order of the table.
const std::vector<Augment>& augments();
/// Their names.
std::vector<std::string> augment_names();
/// The augmentation of this name. Throws std::invalid_argument with the nearest known name.
const Augment& find_augment(const std::string& name);

}  // namespace equinfo
