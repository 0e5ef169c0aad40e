#include <ATen/ATen.h>
#include <ATen/TensorIndexing.h>

#include "augment/table.h"

namespace equinfo::augment_table {
namespace {

/// Columns: the crop's top and left in the padded image, each uniform in {0, …, 2 · padding}; 1 for a flipped image.
at::Tensor draw(std::int64_t count, const AugmentOptions& options, at::Generator& generator) {
  const auto corners = at::randint(0, 2 * options.padding + 1, {count, 2}, generator, at::TensorOptions(at::kLong));
  const auto flips = at::randint(0, 2, {count, 1}, generator, at::TensorOptions(at::kLong));
  return at::cat({corners, flips}, 1);
}

at::Tensor apply(const at::Tensor& images, const at::Tensor& draws, const AugmentOptions& options) {
  const auto padding = options.padding;
  const auto padded = at::constant_pad_nd(images, {padding, padding, padding, padding});
  // Every crop there is, as a view [N, C, top, left, H, W]; the index picks one of each image.
  const auto crops = padded.unfold(2, images.size(2), 1).unfold(3, images.size(3), 1);
  const auto image = at::arange(images.size(0), draws.options());
  using at::indexing::Slice;
  const auto cropped = crops.index({image, Slice(), draws.select(1, 0), draws.select(1, 1)});
  return at::where(draws.select(1, 2).view({-1, 1, 1, 1}).eq(1), cropped.flip({3}), cropped);
}

}  // namespace

Augment crop_flip() {
  return {"crop_flip", "crop of the zero-padded image at a random place, then left-right flip with probability 1/2",
          draw, apply};
}

}  // namespace equinfo::augment_table
