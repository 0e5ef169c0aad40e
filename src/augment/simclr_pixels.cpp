#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "augment/simclr.h"
#include "compute/together.h"
#include "compute/vectorised.h"
#include "core/error.h"

namespace equinfo {

// Loops over the n pixels of a plane, each compiled for several processors.
namespace simclr_planes {

EQUINFO_VECTORISED void luma(const float* red, const float* green, const float* blue, std::int64_t n, float* result) {
  for (std::int64_t i = 0; i < n; ++i) {
    result[i] = red[i] * (19595.0F / 65536) + green[i] * (38470.0F / 65536) + blue[i] * (7471.0F / 65536);
  }
}

EQUINFO_VECTORISED void blend(float* plane, const float* luma, std::int64_t n, float factor, float added,
                              float saturation) {
  for (std::int64_t i = 0; i < n; ++i) {
    plane[i] = std::min(255.0F, std::max(0.0F, added + luma[i] * saturation + plane[i] * factor));
  }
}

/// The formula of turn_hue. With turns in ±1/4 the argument of the remainder is in (−6, 12).
EQUINFO_VECTORISED void turn(float* red, float* green, float* blue, std::int64_t n, float turns) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float r = red[i], g = green[i], b = blue[i];
    const float greatest = std::max(r, std::max(g, b)), spread = greatest - std::min(r, std::min(g, b));
    const float divisor = std::max(spread, 1e-6F);
    const float of_red = (g - b) / divisor, of_green = (b - r) / divisor + 2, of_blue = (r - g) / divisor + 4;
    const float hue = (r == greatest ? of_red : g == greatest ? of_green : of_blue) + turns * 6;
    const auto channel = [&](float first) {
      const float sum = hue + first;
      const float k = sum + (sum < 0 ? 6.0F : 0.0F) - (sum >= 6 ? 6.0F : 0.0F);
      return greatest - spread * std::min(1.0F, std::max(0.0F, std::min(k, 4 - k)));
    };
    red[i] = channel(5);
    green[i] = channel(3);
    blue[i] = channel(1);
  }
}

}  // namespace simclr_planes

namespace {

/// A row of the draws.
struct Draw {
  float top, left, height, width, flip, grey, sigma, hue;
  struct Blend {
    float factor, contrast, saturation;
  } blends[6];
};
static_assert(sizeof(Draw) == 26 * sizeof(float));

/// Where an output pixel lies between two input pixels.
struct Tap {
  std::int64_t lower, upper;
  float weight;  ///< of the upper one
};

/// Linear interpolation of [begin, begin + length) at `size` ≥ length pixels: the triangle filter of resize_matrices,
/// which only widens when it shrinks.
void find_taps(float begin, float length, bool mirrored, std::vector<Tap>& taps) {
  const auto size = static_cast<std::int64_t>(taps.size());
  const auto first = static_cast<std::int64_t>(begin), last = first + static_cast<std::int64_t>(length) - 1;
  for (std::int64_t i = 0; i < size; ++i) {
    const float centre = (static_cast<float>(i) + 0.5F) * (length / static_cast<float>(size)) - 0.5F;
    const float at = std::clamp(centre, 0.0F, length - 1);
    const auto lower = static_cast<std::int64_t>(at);
    taps[static_cast<std::size_t>(mirrored ? size - 1 - i : i)] = {first + lower, std::min(first + lower + 1, last),
                                                                   at - static_cast<float>(lower)};
  }
}

/// What one thread needs for its images.
class Worker {
 public:
  Worker(std::int64_t channels, std::int64_t height, std::int64_t width)
      : channels_(channels),
        width_(width),
        pixels_(height * width),
        rows_(static_cast<std::size_t>(height)),
        columns_(static_cast<std::size_t>(width)),
        line_(static_cast<std::size_t>(width)),
        luma_(static_cast<std::size_t>(pixels_)) {}

  template <class Pixel>
  void change(const Pixel* image, const Draw& draw, float* result) {
    crop(image, draw, result);
    for (int i = 0; i < 3; ++i) blend(result, draw.blends[i]);
    if (draw.hue != 0 && channels_ == 3) {
      simclr_planes::turn(result, result + pixels_, result + 2 * pixels_, pixels_, draw.hue);
    }
    for (int i = 3; i < 6; ++i) blend(result, draw.blends[i]);
    if (draw.grey <= 0) return;
    find_luma(result);
    for (std::int64_t c = 0; c < channels_; ++c) std::copy(luma_.begin(), luma_.end(), result + c * pixels_);
  }

 private:
  template <class Pixel>
  void crop(const Pixel* image, const Draw& draw, float* result) {
    find_taps(draw.top, draw.height, false, rows_);
    find_taps(draw.left, draw.width, draw.flip > 0, columns_);
    for (std::int64_t c = 0; c < channels_; ++c, image += pixels_) {
      for (const auto& row : rows_) {
        const Pixel *lower = image + row.lower * width_, *upper = image + row.upper * width_;
        for (std::size_t j = 0; j < line_.size(); ++j) {
          const auto value = static_cast<float>(lower[j]);
          line_[j] = value + row.weight * (static_cast<float>(upper[j]) - value);
        }
        for (const auto& column : columns_) {
          const float value = line_[static_cast<std::size_t>(column.lower)];
          *result++ = value + column.weight * (line_[static_cast<std::size_t>(column.upper)] - value);
        }
      }
    }
  }

  void find_luma(const float* image) {
    if (channels_ == 1) {
      std::copy(image, image + pixels_, luma_.begin());
    } else {
      simclr_planes::luma(image, image + pixels_, image + 2 * pixels_, pixels_, luma_.data());
    }
  }

  /// factor · x + contrast · mean luma + saturation · luma.
  void blend(float* image, const Draw::Blend& by) {
    if (by.factor == 1 && by.contrast == 0 && by.saturation == 0) return;
    find_luma(image);
    double sum = 0;
    for (const float value : luma_) sum += value;
    const auto added = by.contrast * static_cast<float>(sum / static_cast<double>(pixels_));
    for (std::int64_t c = 0; c < channels_; ++c) {
      simclr_planes::blend(image + c * pixels_, luma_.data(), pixels_, by.factor, added, by.saturation);
    }
  }

  std::int64_t channels_, width_, pixels_;
  std::vector<Tap> rows_, columns_;
  std::vector<float> line_, luma_;
};

template <class Pixel>
void change_all(const at::Tensor& images, const at::Tensor& draws, const at::Tensor& result) {
  const auto values = images.size(1) * images.size(2) * images.size(3);
  const auto* pixels = images.data_ptr<Pixel>();
  const auto* rows = reinterpret_cast<const Draw*>(draws.data_ptr<float>());
  auto* changed = result.data_ptr<float>();
  spread_over_threads(images.size(0), 8, [&](std::int64_t begin, std::int64_t end) {
    Worker worker(images.size(1), images.size(2), images.size(3));
    for (std::int64_t n = begin; n < end; ++n) {
      worker.change(pixels + n * values, rows[n], changed + n * values);
    }
  });
}

}  // namespace

at::Tensor simclr_by_pixels(const at::Tensor& images, const at::Tensor& draws) {
  require(images.size(1) == 1 || images.size(1) == 3, "images have {} channels, but colours need 1 or 3",
          images.size(1));
  const auto result = at::empty(images.sizes(), images.options().dtype(at::kFloat));
  if (images.scalar_type() == at::kByte) {
    change_all<std::uint8_t>(images.contiguous(), draws.contiguous(), result);
  } else {
    change_all<float>(images.to(at::kFloat).contiguous(), draws.contiguous(), result);
  }
  return result;
}

}  // namespace equinfo
