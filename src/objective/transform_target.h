#pragma once

#include <torch/types.h>

#include "transform/transform.h"

namespace equinfo {

/// What the transformation head predicts. A discrete T: its value, by a softmax over K. A continuous T: the density of
/// each of its p components, constant within B equal bins of its range, by a softmax over B; the components are taken
/// as independent given z.
class TransformTarget {
 public:
  TransformTarget(const Transform& transform, std::int64_t bins);

  /// Logits an image: K, or p · B.
  std::int64_t outputs() const { return components_ * classes_; }
  /// 1 for a discrete T.
  std::int64_t components() const { return components_; }
  /// labels as Transform::apply takes them → [N, components] int64, values or numbers of bins.
  torch::Tensor classes(const torch::Tensor& labels) const;
  /// Cross-entropy in nats: mean over the N images, sum over components. logits [N, outputs]. For a continuous T it is
  /// that of the bins, which is the negative log density plus Σ ln(B / range).
  torch::Tensor loss(const torch::Tensor& logits, const torch::Tensor& classes) const;
  /// How many components of all images have their greatest logit at the right class; int64 scalar.
  torch::Tensor hits(const torch::Tensor& logits, const torch::Tensor& classes) const;

 private:
  std::int64_t components_, classes_;
  std::vector<TransformComponent> ranges_;
};

}  // namespace equinfo
