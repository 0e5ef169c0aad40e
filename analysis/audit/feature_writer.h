#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace equinfo {

/// Fills a row of features from left to right; without a row it only counts, so that a view's width is what it writes.
class FeatureWriter {
 public:
  FeatureWriter() = default;
  explicit FeatureWriter(std::span<float> row) : row_(row) {}

  void add(double value) {
    if (!row_.empty()) row_[count_] = static_cast<float>(value);
    ++count_;
  }
  /// ln of a magnitude in grey levels, made finite by a hundredth of a level.
  void add_log(double magnitude) { add(std::log(magnitude + 0.01)); }
  std::size_t count() const { return count_; }

 private:
  std::span<float> row_;
  std::size_t count_ = 0;
};

}  // namespace equinfo
