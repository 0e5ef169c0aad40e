#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace equinfo::testing {

enum class Noise { kGaussian, kStudent3, kNone };
enum class DrawT {
  kUniform,    ///< over 0..transforms−1, independent of Y
  kDependent,  ///< equal to Y with probability .8 (both binary)
  kNormal,     ///< N(0, 1)
  kInterval    ///< uniform over [t_low, t_high)
};

/// Z = mean(Y, T) + scale(Y) · noise, with Y uniform over 0..classes−1.
struct Recipe {
  std::int64_t classes = 2, transforms = 2, dims = 1;
  std::function<void(std::int64_t y, double t, std::span<double> mean)> mean;
  std::function<double(std::int64_t y)> scale = [](std::int64_t) { return 1.0; };
  Noise noise = Noise::kGaussian;
  DrawT draw_t = DrawT::kUniform;
  double t_low = 0, t_high = 0;
  double source_correlation = 0;

  bool continuous_t() const { return draw_t == DrawT::kNormal || draw_t == DrawT::kInterval; }
};

/// The recipe of a problem of ground_truth.csv; throws std::invalid_argument for an unknown name.
Recipe recipe_of(std::string_view problem);

}  // namespace equinfo::testing
