#include "encoder/norm_kernels.h"

#include <algorithm>
#include <span>

#include "compute/together.h"
#include "encoder/norm_loops.h"

namespace equinfo {

namespace {

constexpr std::int64_t kLeastLanes = 256;  // enough to hide how long one addition takes
constexpr std::int64_t kTurns = 64;        // additions in float32 before a sum goes on in float64

/// Maps as one row of values, cut into blocks that begin with the first channel.
class Blocks {
 public:
  explicit Blocks(const MapShape& shape)
      : channels_(shape.channels),
        lanes_(channels_ * ((kLeastLanes + channels_ - 1) / channels_)),
        values_(shape.rows * channels_) {}

  std::int64_t count() const { return (values_ + size() - 1) / size(); }
  std::int64_t lanes() const { return lanes_; }
  std::int64_t begin(std::int64_t block) const { return block * size(); }
  std::int64_t values(std::int64_t block) const { return std::min(size(), values_ - begin(block)); }
  std::int64_t rows(std::int64_t block) const { return values(block) / channels_; }

  /// A value of each channel, for every lane.
  template <class T>
  std::vector<float> spread(const T& of_channels) const {
    std::vector<float> lanes;
    lanes.reserve(static_cast<std::size_t>(lanes_));
    while (static_cast<std::int64_t>(lanes.size()) < lanes_) {
      for (const auto value : of_channels) lanes.push_back(static_cast<float>(value));
    }
    return lanes;
  }

  /// Adds the lanes of each channel up, and clears them.
  void fold(std::vector<float>& lanes, std::span<double> of_channels) const {
    for (std::size_t j = 0; j < lanes.size(); j += of_channels.size()) {
      for (std::size_t c = 0; c < of_channels.size(); ++c) of_channels[c] += static_cast<double>(lanes[j + c]);
    }
    std::fill(lanes.begin(), lanes.end(), 0.0F);
  }

  /// Calls `work(block)` for each block, on several threads.
  template <class Work>
  void for_each(const Work& work) const {
    spread_over_threads(count(), 1, [&](std::int64_t first, std::int64_t last) {
      for (auto block = first; block < last; ++block) work(block);
    });
  }

 private:
  std::int64_t size() const { return lanes_ * kTurns; }

  std::int64_t channels_, lanes_, values_;
};

/// Numbers of each channel in each block.
class BlockSums {
 public:
  BlockSums(const Blocks& blocks, std::int64_t channels)
      : channels_(static_cast<std::size_t>(channels)),
        numbers_(static_cast<std::size_t>(blocks.count()) * channels_, 0.0) {}
  std::span<double> of(std::int64_t block) {
    return std::span(numbers_).subspan(static_cast<std::size_t>(block) * channels_, channels_);
  }
  std::vector<double> total() const {
    std::vector<double> total(channels_, 0.0);
    for (std::size_t i = 0; i < numbers_.size(); ++i) total[i % channels_] += numbers_[i];
    return total;
  }

 private:
  std::size_t channels_;
  std::vector<double> numbers_;
};

/// Calls `loop(first value, values, lanes, factor, offset)` for each block.
template <class Loop>
void for_each_mapped(const MapShape& shape, const ChannelMap& map, const Loop& loop) {
  const Blocks blocks(shape);
  const auto factor = blocks.spread(map.factor), offset = blocks.spread(map.offset);
  blocks.for_each([&](std::int64_t block) {
    loop(blocks.begin(block), blocks.values(block), blocks.lanes(), factor.data(), offset.data());
  });
}

/// `loop(first value, values, lanes, centre, sums, products)` adds up each block.
template <class Loop>
GradientSums sum_blocks(const Blocks& blocks, const std::vector<double>& mean, const Loop& loop) {
  const auto centre = blocks.spread(mean);
  const auto channels = static_cast<std::int64_t>(mean.size());
  BlockSums sums(blocks, channels), products(blocks, channels);
  blocks.for_each([&](std::int64_t block) {
    std::vector<float> lanes(centre.size(), 0.0F), product_lanes(centre.size(), 0.0F);
    loop(blocks.begin(block), blocks.values(block), blocks.lanes(), centre.data(), lanes.data(), product_lanes.data());
    blocks.fold(lanes, sums.of(block));
    blocks.fold(product_lanes, products.of(block));
  });
  GradientSums result{sums.total(), products.total()};
  // Distances were taken from the mean as float32 has it.
  for (std::size_t c = 0; c < mean.size(); ++c) {
    result.by_distance[c] += (static_cast<double>(centre[c]) - mean[c]) * result.gradient[c];
  }
  return result;
}

/// `loop(first value, values, lanes, by_gradient, by_x, constant)` fills each block.
template <class Loop>
void form_blocks(const Blocks& blocks, const InputGradient& form, const Loop& loop) {
  const auto by_gradient = blocks.spread(form.by_gradient), by_x = blocks.spread(form.by_x),
             constant = blocks.spread(form.constant);
  blocks.for_each([&](std::int64_t block) {
    loop(blocks.begin(block), blocks.values(block), blocks.lanes(), by_gradient.data(), by_x.data(), constant.data());
  });
}

}  // namespace

ChannelMoments find_moments(const float* x, const MapShape& shape) {
  const Blocks blocks(shape);
  BlockSums sums(blocks, shape.channels), centres(blocks, shape.channels), squares(blocks, shape.channels);
  // Squares are taken of the distances from a block's own mean, so that large means do no harm.
  blocks.for_each([&](std::int64_t block) {
    std::vector<float> lanes(static_cast<std::size_t>(blocks.lanes()), 0.0F);
    const auto* first = x + blocks.begin(block);
    norm_loops::add(first, blocks.values(block), blocks.lanes(), lanes.data());
    const auto sum = sums.of(block), centre = centres.of(block);
    blocks.fold(lanes, sum);
    for (std::size_t c = 0; c < sum.size(); ++c) {
      centre[c] = static_cast<double>(static_cast<float>(sum[c] / static_cast<double>(blocks.rows(block))));
    }
    norm_loops::add_squares(first, blocks.values(block), blocks.lanes(), blocks.spread(centre).data(), lanes.data());
    blocks.fold(lanes, squares.of(block));
  });
  const auto rows = static_cast<double>(shape.rows);
  ChannelMoments moments{sums.total(), std::vector<double>(static_cast<std::size_t>(shape.channels), 0.0)};
  for (auto& mean : moments.mean) mean /= rows;
  for (std::int64_t block = 0; block < blocks.count(); ++block) {
    const auto n = static_cast<double>(blocks.rows(block));
    for (std::size_t c = 0; c < moments.mean.size(); ++c) {
      // Σ (x − mean)² = Σ (x − centre)² + 2 (centre − mean) Σ (x − centre) + n (centre − mean)²
      const double centre = centres.of(block)[c], apart = centre - moments.mean[c];
      moments.variance[c] += squares.of(block)[c] + 2 * apart * (sums.of(block)[c] - n * centre) + n * apart * apart;
    }
  }
  for (auto& variance : moments.variance) variance = variance < 0 ? 0 : variance / rows;
  return moments;
}

void normalise(const float* x, const MapShape& shape, const ChannelMap& map, float* y) {
  for_each_mapped(shape, map, [&](auto first, auto n, auto lanes, const float* factor, const float* offset) {
    norm_loops::map(x + first, n, lanes, factor, offset, y + first);
  });
}

void normalise_and_rectify(const float* x, const float* added, const MapShape& shape, const ChannelMap& map, float* y) {
  for_each_mapped(shape, map, [&](auto first, auto n, auto lanes, const float* factor, const float* offset) {
    if (added == nullptr) {
      norm_loops::map_and_rectify(x + first, n, lanes, factor, offset, y + first);
    } else {
      norm_loops::map_add_and_rectify(x + first, added + first, n, lanes, factor, offset, y + first);
    }
  });
}

GradientSums sum_gradient(const float* gradient, const float* x, const MapShape& shape,
                          const std::vector<double>& mean) {
  return sum_blocks(Blocks(shape), mean, [&](auto first, auto n, auto lanes, auto centre, auto sums, auto products) {
    norm_loops::add_products(gradient + first, x + first, n, lanes, centre, sums, products);
  });
}

GradientSums sum_rectified_gradient(const float* gradient, const float* x, const MapShape& shape, const ChannelMap& map,
                                    const std::vector<double>& mean) {
  const Blocks blocks(shape);
  const auto factor = blocks.spread(map.factor), offset = blocks.spread(map.offset);
  return sum_blocks(blocks, mean, [&](auto first, auto n, auto lanes, auto centre, auto sums, auto products) {
    norm_loops::add_masked_products(gradient + first, x + first, n, lanes, factor.data(), offset.data(), centre, sums,
                                    products);
  });
}

GradientSums mask_and_sum_gradient(const float* gradient, const float* y, const float* x, const MapShape& shape,
                                   const std::vector<double>& mean, float* masked) {
  return sum_blocks(Blocks(shape), mean, [&](auto first, auto n, auto lanes, auto centre, auto sums, auto products) {
    norm_loops::mask(gradient + first, y + first, n, masked + first);
    norm_loops::add_products(masked + first, x + first, n, lanes, centre, sums, products);
  });
}

void form_input_gradient(const float* gradient, const float* x, const MapShape& shape, const InputGradient& form,
                         float* result) {
  form_blocks(Blocks(shape), form, [&](auto first, auto n, auto lanes, auto by_gradient, auto by_x, auto constant) {
    norm_loops::combine(gradient + first, x + first, n, lanes, by_gradient, by_x, constant, result + first);
  });
}

void form_rectified_input_gradient(const float* gradient, const float* x, const MapShape& shape, const ChannelMap& map,
                                   const InputGradient& form, float* result) {
  const Blocks blocks(shape);
  const auto factor = blocks.spread(map.factor), offset = blocks.spread(map.offset);
  form_blocks(blocks, form, [&](auto first, auto n, auto lanes, auto by_gradient, auto by_x, auto constant) {
    norm_loops::combine_masked(gradient + first, x + first, n, lanes, factor.data(), offset.data(), by_gradient, by_x,
                               constant, result + first);
  });
}

}  // namespace equinfo
