#include "objective/objective_losses.h"

#include <torch/nn/functional/loss.h>
#include <torch/nn/functional/normalization.h>

#include "objective/sphere.h"

namespace equinfo {

torch::Tensor predict_transform(PretextModelImpl& model, const ObjectiveInput& input, const torch::Tensor& z,
                                ObjectiveLosses& losses) {
  const auto logits = model.head->forward(z);
  losses.hits = input.target.hits(logits, input.values);
  return losses.term(LossTerm::kTransform) = input.target.loss(logits, input.values);
}

torch::Tensor predict_class(PretextModelImpl& model, const ObjectiveInput& input, const torch::Tensor& z,
                            ObjectiveLosses& losses) {
  return losses.term(LossTerm::kClass) =
             torch::nn::functional::cross_entropy(model.class_head->forward(z), input.classes);
}

torch::Tensor on_sphere(PretextModelImpl& model, const torch::Tensor& z) {
  auto points = model.projection ? model.projection->forward(z) : z;
  if (points.scalar_type() != torch::kDouble) points = points.to(torch::kFloat);
  return torch::nn::functional::normalize(points);
}

torch::Tensor contrast_views(PretextModelImpl& model, const ObjectiveInput& input, ObjectiveLosses& losses) {
  return losses.term(LossTerm::kContrast) =
             nt_xent(on_sphere(model, input.z[0]), on_sphere(model, input.z[1]), input.options.temperature);
}

}  // namespace equinfo
