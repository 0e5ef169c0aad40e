#include <ATen/ATen.h>

#include "augment/table.h"
#include "transform/colour.h"
#include "transform/sampling.h"

namespace equinfo::augment_table {
namespace {

at::Tensor draw(std::int64_t count, const AugmentOptions&, at::Generator&) { return at::empty({count, 0}, at::kLong); }

at::Tensor apply(const at::Tensor& images, const at::Tensor&, const AugmentOptions&) {
  if (images.size(1) != 3) return images;
  const auto luma = as_type_of(images, luma_of(images.to(at::kFloat)));
  return luma.expand_as(images).contiguous();
}

}  // namespace

Augment gray() { return {"gray", "the luma in every channel", draw, apply}; }

}  // namespace equinfo::augment_table
