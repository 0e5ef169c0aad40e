#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace equinfo::testing {

enum class Noise { kGaussian, kStudent3, kNone };
enum class DrawT {
  kUniform,    ///< over 0..transforms−1, independent of Y
  kDependent,  ///< equal to Y with probability .8 (both binary)
  kNormal,     ///< N(0, 1)
  kInterval    ///< uniform over [t_low, t_high)
};

/// Z = mean(Y, T) + scale(Y) · noise.
struct Recipe {
  std::int64_t classes = 2, transforms = 2, dims = 1;
  std::function<void(std::int64_t y, double t, std::span<double> mean)> mean;
  std::function<double(std::int64_t y)> scale = [](std::int64_t) { return 1.0; };
  Noise noise = Noise::kGaussian;
  DrawT draw_t = DrawT::kUniform;
  double t_low = 0, t_high = 0;
  double t_period = 0;  ///< after which a continuous T repeats itself; 0: never
  double source_correlation = 0;
  std::vector<double> class_frequencies{};  ///< sum to 1; empty: Y is uniform over 0..classes−1

  double class_frequency(std::int64_t y) const {
    return class_frequencies.empty() ? 1.0 / static_cast<double>(classes)
                                     : class_frequencies[static_cast<std::size_t>(y)];
  }
  bool continuous_t() const { return draw_t == DrawT::kNormal || draw_t == DrawT::kInterval; }
};

/// The recipe of a problem of ground_truth.csv or further_truths.csv; throws std::invalid_argument for an unknown name.
Recipe recipe_of(std::string_view problem);

}  // namespace equinfo::testing
