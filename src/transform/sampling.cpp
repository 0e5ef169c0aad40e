#include "transform/sampling.h"

#include <ATen/ATen.h>

namespace equinfo {
namespace {

constexpr std::int64_t kBilinear = 0;

}  // namespace

at::Tensor sample_affine(const at::Tensor& images, const at::Tensor& map, Outside outside) {
  const auto grid = at::affine_grid_generator(map, images.sizes(), /*align_corners=*/false);
  const std::int64_t padding = outside == Outside::kBlack ? 0 : 1;
  return as_type_of(images, at::grid_sampler(images.to(at::kFloat), grid, kBilinear, padding, /*align_corners=*/false));
}

at::Tensor as_type_of(const at::Tensor& images, const at::Tensor& values) {
  if (images.scalar_type() != at::kByte) return values.to(images.scalar_type());
  return values.add(0.5).floor_().clamp_(0, 255).to(at::kByte);
}

at::Tensor per_image(const at::Tensor& values) { return values.to(at::kFloat).view({-1, 1, 1, 1}); }

}  // namespace equinfo
