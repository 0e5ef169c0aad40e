#include <ATen/ATen.h>

#include "augment/table.h"

namespace equinfo::augment_table {
namespace {

at::Tensor draw(std::int64_t count, const AugmentOptions&, at::Generator&) { return at::empty({count, 0}, at::kLong); }

at::Tensor apply(const at::Tensor& images, const at::Tensor&, const AugmentOptions&) { return images; }

}  // namespace

Augment none() { return {"none", "images as they are", draw, apply, false}; }

}  // namespace equinfo::augment_table
