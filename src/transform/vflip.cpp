#include <ATen/ATen.h>

#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

at::Tensor apply(const at::Tensor& images, const at::Tensor& labels) {
  return at::where(labels.view({-1, 1, 1, 1}).eq(1), images.flip({2}), images);
}

}  // namespace

Transform vflip() { return {"vflip", "mirror top and bottom", {"none", "flipped"}, apply}; }

}  // namespace equinfo::transform_table
