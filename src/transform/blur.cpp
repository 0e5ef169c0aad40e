#include <ATen/ATen.h>

#include "transform/sampling.h"
#include "transform/separable.h"
#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

constexpr std::int64_t kWidest = 7;

/// Half widths 0, 2, 4, 7 of value 0 … 3, computed on the labels' device.
at::Tensor half_widths_of(const at::Tensor& labels) { return labels * 2 + labels.eq(3); }

/// Whatever the kernel size, σ is uniform in [0.1, 2): a small σ makes all kernels alike, so T is ambiguous by itself.
at::Tensor map(const at::Tensor& images, const at::Tensor& labels, const at::Tensor& noise) {
  const auto sigmas = noise.select(1, 0) * 1.9 + 0.1;
  const auto half_widths = half_widths_of(labels);
  return as_type_of(
      images, apply_separable(images.to(at::kFloat), gaussian_matrices(sigmas, half_widths, kWidest, images.size(2)),
                              gaussian_matrices(sigmas, half_widths, kWidest, images.size(3))));
}

Transform make(TransformName&) {
  Transform transform;
  transform.summary = "Gaussian blur by a kernel of 5, 9 or 15 pixels whose σ is random, 0.1 … 2 pixels";
  transform.values = {"none", "kernel 5", "kernel 9", "kernel 15"};
  transform.noise = 1;
  transform.map = map;
  return transform;
}

}  // namespace

const TransformKind blur{"blur", "blur", "none or kernel 5, 9, 15 with σ uniform in 0.1 … 2: the paper's, ambiguous",
                         make};

}  // namespace equinfo::transform_table
