#pragma once

#include <array>
#include <vector>

#include "objective/objective.h"
#include "objective/pretext_model.h"
#include "objective/transform_target.h"

namespace equinfo {

/// One batch of N images, as an objective sees it.
struct ObjectiveInput {
  const ObjectiveOptions& options;
  const TransformTarget& target;
  std::vector<torch::Tensor> z;  ///< [N, d] of each view
  torch::Tensor values;          ///< [N, components] int64, what the transformation head is to predict
  torch::Tensor classes;         ///< [N] int64
};

/// Scalars on the device; nats where they are cross-entropies.
struct ObjectiveLosses {
  torch::Tensor total;                          ///< what the encoder minimises
  torch::Tensor descent;                        ///< what is differentiated; undefined: `total`
  std::array<torch::Tensor, kLossTerms> terms;  ///< by LossTerm, without weights; undefined: no part of it
  torch::Tensor hits;  ///< int64, components of T predicted rightly; undefined: T is not predicted

  torch::Tensor& term(LossTerm which) { return terms[static_cast<std::size_t>(which)]; }
};

/// Cross-entropy of the transformation head on a view of this z; stored as a term, with the hits.
torch::Tensor predict_transform(PretextModelImpl& model, const ObjectiveInput& input, const torch::Tensor& z,
                                ObjectiveLosses& losses);
/// Cross-entropy of the class head on a view of this z; stored as a term.
torch::Tensor predict_class(PretextModelImpl& model, const ObjectiveInput& input, const torch::Tensor& z,
                            ObjectiveLosses& losses);
/// The points on the unit sphere that are compared: the projection of z, or z itself, over its length. [N, d].
torch::Tensor on_sphere(PretextModelImpl& model, const torch::Tensor& z);
/// NT-Xent between the first two views; stored as a term.
torch::Tensor contrast_views(PretextModelImpl& model, const ObjectiveInput& input, ObjectiveLosses& losses);

}  // namespace equinfo
