#include "objective/transform_target.h"

#include <torch/nn/functional/loss.h>

namespace equinfo {

TransformTarget::TransformTarget(const Transform& transform, std::int64_t bins)
    : components_(transform.continuous() ? static_cast<std::int64_t>(transform.components.size()) : 1),
      classes_(transform.continuous() ? bins : transform.count()),
      ranges_(transform.components) {}

torch::Tensor TransformTarget::classes(const torch::Tensor& labels) const {
  if (ranges_.empty()) return labels.view({-1, 1});
  std::vector<torch::Tensor> bins;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const double width = (ranges_[i].high - ranges_[i].low) / static_cast<double>(classes_);
    bins.push_back(((labels.select(1, static_cast<std::int64_t>(i)) - ranges_[i].low) / width).floor());
  }
  return torch::stack(bins, 1).to(torch::kInt64).clamp_(0, classes_ - 1);
}

torch::Tensor TransformTarget::loss(const torch::Tensor& logits, const torch::Tensor& classes) const {
  const auto mean = torch::nn::functional::cross_entropy(logits.view({-1, classes_}), classes.flatten());
  return components_ == 1 ? mean : mean * components_;
}

torch::Tensor TransformTarget::hits(const torch::Tensor& logits, const torch::Tensor& classes) const {
  return logits.view({-1, components_, classes_}).argmax(2).eq(classes).sum();
}

}  // namespace equinfo
