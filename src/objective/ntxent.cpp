#include "objective/objective_losses.h"
#include "objective/table.h"

namespace equinfo::objective_table {
namespace {

ObjectiveNeeds needs(const ObjectiveOptions& options) {
  ObjectiveNeeds needs;
  needs.views = {{0, false}, {1, false}};
  needs.projection = options.projection > 0;
  needs.couples_images = true;
  return needs;
}

ObjectiveLosses losses(PretextModelImpl& model, const ObjectiveInput& input) {
  ObjectiveLosses losses;
  losses.total = contrast_views(model, input, losses);
  return losses;
}

}  // namespace

Objective ntxent() {
  return {"ntxent",
          "invariance: tell two augmentations of an image from those of others (SimCLR)",
          {"projection", "temperature"},
          needs,
          losses};
}

}  // namespace equinfo::objective_table
