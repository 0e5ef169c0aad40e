#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace at {
class Tensor;
}

namespace equinfo {

/// A labelled transformation T: the pretext task is to tell from the image which of its K values was applied.
/// Value 0 leaves every image as it is, so that row 0 of a dump is the untransformed image.
struct Transform {
  std::string name;                 ///< as in configurations, such as "rotation4"
  std::string summary;              ///< one line for --help
  std::vector<std::string> values;  ///< K names, such as "0", "90", "180", "270"

  /// Applies value labels[i] to image i. images [N, C, H, W] of uint8 or float, labels [N] int64 in {0, …, K − 1} on
  /// the same device; gives a new tensor of the images' shape and type. Whole batches, no copy to the host.
  /// Throws std::invalid_argument if images of this shape cannot be transformed.
  at::Tensor (*apply)(const at::Tensor& images, const at::Tensor& labels);

  std::int64_t count() const { return static_cast<std::int64_t>(values.size()); }
};

/// Every transformation the project knows, in the order of the table.
const std::vector<Transform>& transforms();
/// Their names.
std::vector<std::string> transform_names();
/// The transformation of this name. Throws std::invalid_argument with the nearest known name.
const Transform& find_transform(const std::string& name);

}  // namespace equinfo
