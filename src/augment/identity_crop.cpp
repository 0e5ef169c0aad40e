#include <ATen/ATen.h>

#include "augment/table.h"

namespace equinfo::augment_table {
namespace {

at::Tensor draw(std::int64_t count, const AugmentOptions&, at::Generator&) { return at::empty({count, 0}, at::kLong); }

/// A window of the image's own size without a border around the image has one place to be.
at::Tensor apply(const at::Tensor& images, const at::Tensor&, const AugmentOptions&) { return images; }

}  // namespace

Augment identity_crop() {
  return {"identity_crop", "the paper's random crop, of the image's own size and unpadded: the identity", draw, apply,
          false};
}

}  // namespace equinfo::augment_table
