#include <ATen/ATen.h>

#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

at::Tensor map(const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
  return at::where(labels.view({-1, 1, 1, 1}).eq(1), images.flip({3}), images);
}

Transform make(TransformName&) {
  Transform transform;
  transform.summary = "mirrored left and right or not";
  transform.values = {"none", "flipped"};
  transform.map = map;
  return transform;
}

}  // namespace

const TransformKind hflip{"hflip", "hflip", "mirrors left and right", make};

}  // namespace equinfo::transform_table
