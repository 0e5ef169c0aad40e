#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace at {
class Tensor;
struct Generator;
}  // namespace at

namespace equinfo {

/// One number of a continuous T, drawn uniformly from [low, high).
struct TransformComponent {
  std::string name;          ///< with its unit, such as "angle_degrees"
  double low = 0, high = 1;  ///< low < high
  double period = 0;         ///< > 0: values that differ by it are the same transformation; 0: not circular
};

/// A labelled transformation T: the pretext task is to tell from the image which of its values was applied.
/// T is discrete (`values` has K ≥ 2 names, `components` is empty) or continuous (`components` has p ≥ 1 entries,
/// `values` is empty). Which names there are: README.md of this folder.
struct Transform {
  std::string name;                            ///< as in configurations, such as "rotation8+circle"
  std::string summary;                         ///< one line for people
  std::vector<std::string> values;             ///< names of the values, such as "0", "90", "180", "270"
  std::vector<TransformComponent> components;  ///< of a continuous T
  std::int64_t noise = 0;            ///< numbers an image that `map` takes besides T; what makes T ambiguous by itself
  bool starts_at_identity = true;    ///< value 0 leaves every image as it is; false for a continuous T
  std::vector<std::string> factors;  ///< of a product: the names of its transformations, first to last applied

  /// What `apply` calls; the labels and the noise have been checked.
  std::function<at::Tensor(const at::Tensor& images, const at::Tensor& labels, const at::Tensor& noise)> map;

  bool continuous() const { return !components.empty(); }
  /// K; 0 for a continuous T.
  std::int64_t count() const { return static_cast<std::int64_t>(values.size()); }

  /// Applies T = labels[i] to image i. images [N, C, H, W] of uint8 or float (0 … 255); labels on the same device: [N]
  /// int64 in {0, …, K − 1}, or [N, p] float64; noise [N, `noise`] float32 in [0, 1). Gives a new tensor of the images'
  /// shape and type; uint8 results are rounded. Whole batches, no copy to the host.
  /// Throws std::invalid_argument for labels or noise of a wrong shape, or images that cannot be transformed.
  at::Tensor apply(const at::Tensor& images, const at::Tensor& labels, const at::Tensor& noise) const;
  /// The same where `noise` is 0.
  at::Tensor apply(const at::Tensor& images, const at::Tensor& labels) const;

  /// `rows` independent uniform values of T, as `apply` takes them, and the noise; on the CPU.
  at::Tensor draw_labels(std::int64_t rows, at::Generator& generator) const;
  at::Tensor draw_noise(std::int64_t rows, at::Generator& generator) const;
};

/// The transformation of this name: a line of the table, with its number and options, or a product of such, such as
/// "rotation4*hflip" (applied left to right; discrete ones have the label a · K₂ + b, continuous ones their components
/// side by side). Throws std::invalid_argument naming what is wrong and the nearest known name.
Transform find_transform(const std::string& name);

/// One way of writing each line of the table, such as "rotation8".
std::vector<std::string> transform_names();
/// Those transformations, in the order of the table.
std::vector<Transform> transforms();
/// What may be written, a line a kind of transformation: for --help.
std::string transform_list();

}  // namespace equinfo
