#include "objective/objective_losses.h"
#include "objective/table.h"

namespace equinfo::objective_table {
namespace {

/// Dangovski et al. (2022): beside the two views that are compared a third one, transformed, whose T is predicted.
ObjectiveNeeds needs(const ObjectiveOptions& options) {
  ObjectiveNeeds needs;
  needs.views = {{0, false}, {1, false}, {2, true}};
  needs.transform_head = true;
  needs.projection = options.projection > 0;
  needs.couples_images = true;
  return needs;
}

ObjectiveLosses losses(PretextModelImpl& model, const ObjectiveInput& input) {
  ObjectiveLosses losses;
  losses.total = contrast_views(model, input, losses) +
                 input.options.transform_weight * predict_transform(model, input, input.z[2], losses);
  return losses;
}

}  // namespace

Objective hybrid() {
  return {"hybrid",
          "ntxent, and predict T of a third, transformed augmentation (E-SSL)",
          {"projection", "temperature", "transform_weight"},
          needs,
          losses};
}

}  // namespace equinfo::objective_table
