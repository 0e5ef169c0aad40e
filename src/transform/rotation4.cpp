#include <ATen/ATen.h>

#include "core/error.h"
#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

/// Turns image i counter-clockwise by 90° · labels[i]: the label's upper bit is a turn by 180°, its lower one by 90°.
at::Tensor apply(const at::Tensor& images, const at::Tensor& labels) {
  require(images.size(2) == images.size(3), "rotation4: images are {} x {}, but only square ones can be turned by 90°",
          images.size(2), images.size(3));
  const auto values = labels.view({-1, 1, 1, 1});
  const auto half_turned = at::where(values.ge(2), images.flip({2, 3}), images);
  return at::where(values.remainder(2).eq(1), at::rot90(half_turned, 1, {2, 3}), half_turned);
}

}  // namespace

Transform rotation4() {
  return {"rotation4", "turn by 90° · k, counter-clockwise (square images)", {"0", "90", "180", "270"}, apply};
}

}  // namespace equinfo::transform_table
