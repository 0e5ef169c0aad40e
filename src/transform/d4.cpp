#include <ATen/ATen.h>

#include "transform/quarter_turns.h"
#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

/// Value 4e + a is r^a m^e: mirrored left and right if e = 1, then turned by 90° · a. The same order as in p4m group
/// convolutions.
at::Tensor map(const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
  const auto mirrored = at::where(labels.view({-1, 1, 1, 1}).ge(4), images.flip({3}), images);
  return turn_by_quarters(mirrored, labels.remainder(4), "d4");
}

Transform make(TransformName&) {
  Transform transform;
  transform.summary = "the symmetries of the square: mirrored or not, then turned by a multiple of 90°";
  transform.values = {"0", "90", "180", "270", "mirrored", "mirrored 90", "mirrored 180", "mirrored 270"};
  transform.map = map;
  return transform;
}

}  // namespace

const TransformKind d4{"d4", "d4", "8 values: mirrors or not, then turns by 90° · k (square images)", make};

}  // namespace equinfo::transform_table
