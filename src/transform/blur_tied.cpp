#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "core/error.h"
#include "transform/sampling.h"
#include "transform/separable.h"
#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

at::Tensor map(const at::Tensor& images, const at::Tensor& labels, double step, double greatest) {
  const auto sigmas = labels.to(at::kFloat) * step;
  const auto matrices = [&](std::int64_t size) {
    const auto widest = std::min(static_cast<std::int64_t>(std::ceil(3 * greatest)), size - 1);
    return gaussian_matrices(sigmas, labels.gt(0) * widest, widest, size);
  };
  return as_type_of(images, apply_separable(images.to(at::kFloat), matrices(images.size(2)), matrices(images.size(3))));
}

Transform make(TransformName& name) {
  const auto count = name.number(2, 100).value_or(3);
  const double greatest = name.value("sigma", 2.0, 0.01, 100.0), step = greatest / static_cast<double>(count - 1);
  Transform transform;
  transform.summary = "Gaussian blur whose σ the label tells";
  for (std::int64_t k = 0; k < count; ++k) {
    transform.values.push_back(fmt::format("σ {:.3g}", step * static_cast<double>(k)));
  }
  transform.map = [=](const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
    return map(images, labels, step, greatest);
  };
  return transform;
}

}  // namespace

const TransformKind blur_tied{"blur_tied[K][+sigmaS]", "blur_tied",
                              "Gaussian blur, σ = S k / (K − 1) pixels (K = 3, S = 2)", make};

}  // namespace equinfo::transform_table
