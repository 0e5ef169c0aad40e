#include "encoder/point_group.h"

namespace equinfo {

std::int64_t PointGroup::product(std::int64_t s, std::int64_t t) const {
  const std::int64_t a = s % 4, e = s / 4, b = t % 4, f = t / 4;
  return 4 * ((e + f) % 2) + (a + (e == 0 ? b : 4 - b)) % 4;
}

std::int64_t PointGroup::inverse(std::int64_t s) const { return s < 4 ? (4 - s) % 4 : s; }

torch::Tensor act_on_plane(const torch::Tensor& planes, std::int64_t s) {
  return torch::rot90(s < 4 ? planes : planes.flip({-1}), s % 4, {-2, -1});
}

torch::Tensor act_on_features(const torch::Tensor& features, const PointGroup& group, std::int64_t g) {
  const auto parts = features.chunk(group.order(), 1);
  std::vector<torch::Tensor> moved;
  for (std::int64_t s = 0; s < group.order(); ++s) {
    moved.push_back(act_on_plane(parts[static_cast<std::size_t>(group.product(group.inverse(g), s))], g));
  }
  return torch::cat(moved, 1);
}

}  // namespace equinfo
