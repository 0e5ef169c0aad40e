#include <ATen/ATen.h>

#include "transform/colour.h"
#include "transform/sampling.h"
#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

at::Tensor map(const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
  const auto grey = as_type_of(images, luma_of(images.to(at::kFloat)));
  return at::where(labels.view({-1, 1, 1, 1}).eq(1), grey, images);
}

Transform make(TransformName&) {
  Transform transform;
  transform.summary = "without its colours or with them";
  transform.values = {"colour", "grey"};
  transform.map = map;
  return transform;
}

}  // namespace

const TransformKind grayscale{"grayscale", "grayscale", "takes the colours away (luma of ITU-R BT.601)", make};

}  // namespace equinfo::transform_table
