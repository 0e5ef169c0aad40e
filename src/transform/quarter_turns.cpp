#include "transform/quarter_turns.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace equinfo {

at::Tensor turn_by_quarters(const at::Tensor& images, const at::Tensor& turns, const std::string& name) {
  require(images.size(2) == images.size(3), "{}: images are {} x {}, but only square ones can be turned by 90°", name,
          images.size(2), images.size(3));
  // The upper bit of the number of turns is a turn by 180°, its lower one by 90°.
  const auto values = turns.view({-1, 1, 1, 1});
  const auto half_turned = at::where(values.ge(2), images.flip({2, 3}), images);
  return at::where(values.remainder(2).eq(1), at::rot90(half_turned, 1, {2, 3}), half_turned);
}

}  // namespace equinfo
