#include "objective/objective_losses.h"
#include "objective/table.h"

namespace equinfo::objective_table {
namespace {

ObjectiveNeeds needs(const ObjectiveOptions&) {
  ObjectiveNeeds needs;
  needs.views = {{0, true}};
  needs.transform_head = true;
  return needs;
}

ObjectiveLosses losses(PretextModelImpl& model, const ObjectiveInput& input) {
  ObjectiveLosses losses;
  losses.total = predict_transform(model, input, input.z[0], losses);
  return losses;
}

}  // namespace

Objective transformation() { return {"transformation", "predict T from a transformed image", {}, needs, losses}; }

}  // namespace equinfo::objective_table
