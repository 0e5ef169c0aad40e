#include <ATen/ATen.h>
#include <ATen/TensorIndexing.h>

#include "augment/table.h"

namespace equinfo::augment_table {
namespace {

constexpr std::int64_t kMost = 2;  // pixels

/// Columns: by how much the image moves down and right, plus kMost; each uniform in {0, …, 2 · kMost}.
at::Tensor draw(std::int64_t count, const AugmentOptions&, at::Generator& generator) {
  return at::randint(0, 2 * kMost + 1, {count, 2}, generator, at::TensorOptions(at::kLong));
}

/// Where each line of the result comes from, [N, size].
at::Tensor origins(const at::Tensor& moves, std::int64_t size) {
  return (at::arange(size, moves.options()) - (moves.unsqueeze(1) - kMost)).clamp(0, size - 1);
}

at::Tensor apply(const at::Tensor& images, const at::Tensor& draws, const AugmentOptions&) {
  const auto count = images.size(0), height = images.size(2), width = images.size(3);
  const auto image = at::arange(count, draws.options()).view({-1, 1, 1, 1});
  const auto channel = at::arange(images.size(1), draws.options()).view({1, -1, 1, 1});
  const auto rows = origins(draws.select(1, 0), height).view({count, 1, height, 1});
  const auto columns = origins(draws.select(1, 1), width).view({count, 1, 1, width});
  return images.index({image, channel, rows, columns});
}

}  // namespace

Augment shift() { return {"shift", "moved by up to 2 pixels each way, the border repeated", draw, apply}; }

}  // namespace equinfo::augment_table
