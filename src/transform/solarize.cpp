#include <ATen/ATen.h>

#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

Transform make(TransformName& name) {
  const double threshold = name.value("threshold", 128, 0, 255);
  Transform transform;
  transform.summary = "bright pixels inverted or not";
  transform.values = {"none", "solarized"};
  transform.map = [threshold](const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
    const auto changed = labels.view({-1, 1, 1, 1}).eq(1).logical_and(images.ge(threshold));
    return at::where(changed, 255 - images, images);
  };
  return transform;
}

}  // namespace

const TransformKind solarize{"solarize[+thresholdV]", "solarize", "inverts values from V (128) up: 255 − v", make};

}  // namespace equinfo::transform_table
