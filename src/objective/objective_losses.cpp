#include "objective/objective_losses.h"

namespace equinfo {

torch::Tensor predict_transform(PretextModelImpl& model, const ObjectiveInput& input, const torch::Tensor& z,
                                ObjectiveLosses& losses) {
  const auto logits = model.head->forward(z);
  losses.hits = input.target.hits(logits, input.values);
  return losses.term(LossTerm::kTransform) = input.target.loss(logits, input.values);
}

}  // namespace equinfo
