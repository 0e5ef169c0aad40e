#include <ATen/ATen.h>

#include "core/error.h"
#include "transform/sampling.h"
#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

/// labels [N, 2]: 0 puts the window at the top or left edge of the image, 1 at the bottom or right one.
at::Tensor map(const at::Tensor& images, const at::Tensor& labels, double size) {
  const auto middle = ((labels * 2 - 1) * (1 - size)).to(at::kFloat);
  const auto zero = at::zeros({images.size(0)}, middle.options()), scale = at::full_like(zero, size);
  const auto maps = at::stack({scale, zero, middle.select(1, 1), zero, scale, middle.select(1, 0)}, 1);
  return sample_affine(images, maps.view({-1, 2, 3}), Outside::kBorder);
}

Transform make(TransformName& name) {
  const double size = name.value("size", 0.75, 0.05, 0.99);
  Transform transform;
  transform.summary = fmt::format("a window of {:.3g} of each side, enlarged to the image's size", size);
  transform.components = {{"top", 0, 1}, {"left", 0, 1}};
  transform.starts_at_identity = false;
  transform.map = [size](const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
    return map(images, labels, size);
  };
  return transform;
}

}  // namespace

const TransformKind crop{"crop[+sizeS]", "crop", "where a window of S (.75) of each side was cut out; continuous",
                         make};

}  // namespace equinfo::transform_table
