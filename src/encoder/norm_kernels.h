#pragma once

#include <cstdint>
#include <vector>

/// The passes of batch norm over float32 maps whose channels lie side by side (channels-last): [rows, channels], rows =
/// N · H · W. Sums are formed in blocks of rows that threads share, and the blocks' added in order in float64: results
/// do not depend on the number of threads. Every function is one pass over its maps: time is that of reading and
/// writing them.
namespace equinfo {

struct MapShape {
  std::int64_t rows, channels;
};

/// Of each channel.
struct ChannelMoments {
  std::vector<double> mean, variance;  ///< mean of (x − mean)²
};

ChannelMoments find_moments(const float* x, const MapShape& shape);

/// What becomes of an x of a channel: factor · x + offset, [channels] each.
struct ChannelMap {
  std::vector<float> factor, offset;
};

/// y = map(x).
void normalise(const float* x, const MapShape& shape, const ChannelMap& map, float* y);
/// y = max(0, map(x) + added), without `added` if that is null. What is no number stays none.
void normalise_and_rectify(const float* x, const float* added, const MapShape& shape, const ChannelMap& map, float* y);

/// Sums over the rows, [channels] each, of the gradient g that comes back to map(x).
struct GradientSums {
  std::vector<double> gradient, by_distance;  ///< Σ g, Σ g (x − mean)
};

/// g as it is.
GradientSums sum_gradient(const float* gradient, const float* x, const MapShape& shape,
                          const std::vector<double>& mean);
/// g is 0 where map(x) is not positive.
GradientSums sum_rectified_gradient(const float* gradient, const float* x, const MapShape& shape, const ChannelMap& map,
                                    const std::vector<double>& mean);
/// g is 0 where y is; it is written to `masked`.
GradientSums mask_and_sum_gradient(const float* gradient, const float* y, const float* x, const MapShape& shape,
                                   const std::vector<double>& mean, float* masked);

/// ∂L/∂x = by_gradient · g + by_x · x + constant, [channels] each.
struct InputGradient {
  std::vector<float> by_gradient, by_x, constant;
};
void form_input_gradient(const float* gradient, const float* x, const MapShape& shape, const InputGradient& form,
                         float* result);
/// g is 0 where map(x) is not positive.
void form_rectified_input_gradient(const float* gradient, const float* x, const MapShape& shape, const ChannelMap& map,
                                   const InputGradient& form, float* result);

}  // namespace equinfo
