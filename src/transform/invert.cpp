#include <ATen/ATen.h>

#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

at::Tensor map(const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
  return at::where(labels.view({-1, 1, 1, 1}).eq(1), 255 - images, images);
}

Transform make(TransformName&) {
  Transform transform;
  transform.summary = "a negative or not";
  transform.values = {"none", "inverted"};
  transform.map = map;
  return transform;
}

}  // namespace

const TransformKind invert{"invert", "invert", "inverts each channel: 255 − v", make};

}  // namespace equinfo::transform_table
