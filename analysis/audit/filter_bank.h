#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "audit/image_rows.h"
#include "core/matrix.h"

namespace equinfo {

/// Small filters that look at every place of an image and tell how strongly they fire, after Coates & Ng (2011, "The
/// importance of encoding versus training with sparse coding and vector quantization"): patches of 5 × 5 pixels are
/// freed of their mean and contrast and whitened; what a filter gives below −θ or above θ counts, θ being the 80 %
/// quantile of its own magnitudes.
class FilterBank {
 public:
  /// Filters that are whitened patches of the images, picked at random. Throws std::invalid_argument for images smaller
  /// than a patch.
  static FilterBank from_images(const ImageRows& images, std::int64_t filters, std::uint64_t seed);
  /// Filters of random weights, in the same way: an untrained encoder of one layer.
  static FilterBank random(const ImageRows& images, std::int64_t filters, std::uint64_t seed);

  /// Features of an image whose places are pooled in `grid` × `grid` parts.
  std::int64_t dims(std::int64_t grid) const { return 2 * grid * grid * filters_.cols(); }
  /// Writes the root of each filter's mean firing, in both signs and each part. 2 · places · 25 · channels · filters
  /// operations.
  void read(const ImagePlanes& image, std::int64_t grid, std::span<float> features) const;

 private:
  FilterBank() = default;
  void learn_thresholds(const Matrix<float>& patches);

  Matrix<float> filters_;         // [patch, filters]: whitening and filter in one
  std::vector<float> offset_;     // [filters]: of the mean patch
  std::vector<float> threshold_;  // [filters]
};

}  // namespace equinfo
