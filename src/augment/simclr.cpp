#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "augment/simclr.h"
#include "augment/table.h"
#include "core/error.h"
#include "transform/colour.h"
#include "transform/sampling.h"
#include "transform/separable.h"

// Chen, Kornblith, Norouzi, Hinton 2020, with torchvision's definitions: RandomResizedCrop (bilinear, antialiased),
// horizontal flip, ColorJitter in random order, RandomGrayscale, GaussianBlur. Each image has its own parameters and
// its own order; a batch takes the same few operations whatever they are.

namespace equinfo::augment_table {
namespace {

// Columns of the draws, all float.
constexpr std::int64_t kTop = 0, kLeft = 1, kHeight = 2, kWidth = 3, kFlip = 4, kGrey = 5, kSigma = 6, kHue = 7;
// Brightness, contrast and saturation are three blends in any order, with the hue somewhere among them: three blends
// before it and three behind, of which those that do not belong there do nothing. Three columns each.
constexpr std::int64_t kBlends = 8, kColumns = kBlends + 6 * 3;
constexpr int kTries = 10;  // of RandomResizedCrop, before it takes the middle of the image

at::Tensor uniform(std::int64_t rows, std::int64_t columns, at::Generator& generator) {
  return at::rand({rows, columns}, generator, at::TensorOptions(at::kDouble));
}

at::Tensor between(const at::Tensor& share, double low, double high) { return share * (high - low) + low; }

/// Height and width of the largest middle part whose ratio is allowed.
std::pair<double, double> middle_part(double height, double width) {
  const double ratio = width / height;
  if (ratio < 3.0 / 4.0) return {std::nearbyint(width / (3.0 / 4.0)), width};
  if (ratio > 4.0 / 3.0) return {height, std::nearbyint(height * (4.0 / 3.0))};
  return {height, width};
}

/// Of ten tries the first that fits: area uniform, logarithm of the ratio uniform, whole pixels, any place.
void draw_crops(const at::Tensor& draws, const AugmentOptions& options, at::Generator& generator) {
  const auto height = static_cast<double>(options.height), width = static_cast<double>(options.width);
  const auto count = draws.size(0);
  const auto area = between(uniform(count, kTries, generator), options.min_area, 1.0) * (height * width);
  const auto ratio = between(uniform(count, kTries, generator), std::log(3.0 / 4.0), std::log(4.0 / 3.0)).exp();
  const auto widths = (area * ratio).sqrt().round(), heights = (area / ratio).sqrt().round();
  const auto fits =
      widths.gt(0).logical_and(widths.le(width)).logical_and(heights.gt(0)).logical_and(heights.le(height));
  const auto earlier_is_greater = fits.to(at::kLong) * at::arange(kTries, 0, -1, at::TensorOptions(at::kLong));
  const auto first = earlier_is_greater.argmax(1, true);
  const auto found = fits.any(1, true);
  const auto [middle_height, middle_width] = middle_part(height, width);
  const auto h = at::where(found, heights.gather(1, first), at::full({1, 1}, middle_height, heights.options()));
  const auto w = at::where(found, widths.gather(1, first), at::full({1, 1}, middle_width, heights.options()));
  const auto place = uniform(count, 2, generator);
  const auto at_random = [](const at::Tensor& share, const at::Tensor& free) { return (share * (free + 1)).floor(); };
  const auto free_rows = height - h, free_columns = width - w;
  draws.narrow(1, kTop, 1)
      .copy_(at::where(found, at_random(place.narrow(1, 0, 1), free_rows), (free_rows / 2).floor()));
  draws.narrow(1, kLeft, 1)
      .copy_(at::where(found, at_random(place.narrow(1, 1, 1), free_columns), (free_columns / 2).floor()));
  draws.narrow(1, kHeight, 1).copy_(h);
  draws.narrow(1, kWidth, 1).copy_(w);
}

/// With probability .8 brightness, contrast and saturation by 1 ± .8 s (not below 0) and hue by ± .2 s turns, in one of
/// 24 orders.
void draw_jitter(const at::Tensor& draws, double strength, at::Generator& generator) {
  const auto count = draws.size(0);
  const auto jittered = uniform(count, 1, generator).lt(0.8);
  const auto factors = between(uniform(count, 3, generator), std::max(0.0, 1 - 0.8 * strength), 1 + 0.8 * strength);
  const auto changes = (factors - 1.0) * jittered;  // of factors against 1: brightness, contrast, saturation
  const auto turns = between(uniform(count, 1, generator), -0.2 * strength, 0.2 * strength) * jittered;
  draws.narrow(1, kHue, 1).copy_(turns);
  const std::int64_t across = 1;
  const auto places = uniform(count, 4, generator).argsort(across).argsort(across);
  const auto place_of_hue = places.narrow(1, 3, 1), place = places.narrow(1, 0, 3);
  // Places before the hue are 0 … 2 and stay; behind it they are 1 … 3 and become 3 … 5.
  const auto number = place + place.gt(place_of_hue).to(at::kLong) * 2;
  for (std::int64_t i = 0; i < 6; ++i) {
    const auto change = changes * number.eq(i);
    draws.narrow(1, kBlends + 3 * i, 1).copy_(change.sum(1, true) + 1.0);
    draws.narrow(1, kBlends + 3 * i + 1, 2).copy_(change.narrow(1, 1, 2).neg());
  }
}

at::Tensor draw(std::int64_t count, const AugmentOptions& options, at::Generator& generator) {
  require(options.height > 0 && options.width > 0, "simclr: the size of the images is {} x {}", options.height,
          options.width);
  const auto draws = at::empty({count, kColumns}, at::kFloat);
  draw_crops(draws, options, generator);
  draws.narrow(1, kFlip, 1).copy_(uniform(count, 1, generator).lt(0.5));
  draw_jitter(draws, options.jitter, generator);
  draws.narrow(1, kGrey, 1).copy_(uniform(count, 1, generator).lt(0.2));
  const auto blurred = uniform(count, 1, generator).lt(options.blur);
  draws.narrow(1, kSigma, 1).copy_(between(uniform(count, 1, generator), 0.1, 2.0) * blurred);
  return draws;
}

at::Tensor column(const at::Tensor& draws, std::int64_t i) { return draws.narrow(1, i, 1).view({-1, 1, 1, 1}); }

at::Tensor crop_and_flip(const at::Tensor& images, const at::Tensor& draws) {
  const auto height = images.size(2), width = images.size(3);
  const auto rows = resize_matrices(draws.select(1, kTop), draws.select(1, kHeight), height, height);
  const auto columns = resize_matrices(draws.select(1, kLeft), draws.select(1, kWidth), width, width);
  const auto flipped = at::where(draws.select(1, kFlip).view({-1, 1, 1}).gt(0), columns.flip({1}), columns);
  return apply_separable(images, rows, flipped);
}

/// Blend i: factor · x + contrast · mean luma + saturation · luma, where at most one differs from 1, 0, 0.
at::Tensor blend_number(const at::Tensor& images, const at::Tensor& draws, std::int64_t i) {
  const auto first = kBlends + 3 * i;
  const auto luma = luma_of(images);
  const auto added = at::addcmul(luma.mean({2, 3}, true) * column(draws, first + 1), luma, column(draws, first + 2));
  return at::addcmul(added, images, column(draws, first)).clamp_(0.0, 255.0);
}

at::Tensor jitter(at::Tensor images, const at::Tensor& draws) {
  for (std::int64_t i = 0; i < 3; ++i) images = blend_number(images, draws, i);
  images = turn_hue(images, column(draws, kHue));
  for (std::int64_t i = 3; i < 6; ++i) images = blend_number(images, draws, i);
  return images;
}

/// The kernel is a tenth of the image, odd, and not below 3.
at::Tensor blur(const at::Tensor& images, const at::Tensor& draws) {
  const auto matrices = [&](std::int64_t size) {
    const auto half = std::max<std::int64_t>(1, size / 20);
    const auto sigmas = draws.select(1, kSigma);
    return gaussian_matrices(sigmas, sigmas.gt(0).to(at::kLong) * half, half, size);
  };
  return apply_separable(images, matrices(images.size(2)), matrices(images.size(3)));
}

at::Tensor apply(const at::Tensor& images, const at::Tensor& draws, const AugmentOptions& options) {
  const auto changed = images.device().is_cpu() ? simclr_by_pixels(images, draws) : simclr_by_tensors(images, draws);
  return as_type_of(images, options.blur > 0 ? blur(changed, draws) : changed);
}

}  // namespace

Augment simclr() {
  return {"simclr", "random crop and size, flip, colour jitter in random order, grayscale, blur: SimCLR's", draw,
          apply};
}

}  // namespace equinfo::augment_table

namespace equinfo {

at::Tensor simclr_by_tensors(const at::Tensor& images, const at::Tensor& draws) {
  using namespace augment_table;
  const auto changed = jitter(crop_and_flip(images.to(at::kFloat), draws), draws);
  return at::where(column(draws, kGrey).gt(0), luma_of(changed), changed);
}

}  // namespace equinfo
