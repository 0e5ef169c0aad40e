#pragma once

#include <torch/types.h>

namespace equinfo {

/// p4 (the four rotations by multiples of 90°, C4) or p4m (these and their mirror images, D4), without the
/// translations. Element s = r^a m^e has number 4e + a: a quarter turns after, if e = 1, a left-right mirror. The
/// product is (a, e)(b, f) = (a + (−1)^e b mod 4, e + f mod 2).
struct PointGroup {
  bool mirrors = false;

  std::int64_t order() const { return mirrors ? 8 : 4; }
  /// Number of the product s · t.
  std::int64_t product(std::int64_t s, std::int64_t t) const;
  std::int64_t inverse(std::int64_t s) const;
};

/// L_s on the last two axes of a tensor: rot90 of the (for e = 1 mirrored) plane, a times.
torch::Tensor act_on_plane(const torch::Tensor& planes, std::int64_t s);

/// L_g on features [N, |G| · C, H, W] in group-major order (channel s · C + c): [L_g f](·, s) = L_g f(·, g⁻¹ s).
torch::Tensor act_on_features(const torch::Tensor& features, const PointGroup& group, std::int64_t g);

}  // namespace equinfo
