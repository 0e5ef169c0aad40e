#include "objective/objective_losses.h"
#include "objective/table.h"

namespace equinfo::objective_table {
namespace {

/// The paper's baseline: the encoder stays as it was made, to the bit, batch norm included. What epochs there are train
/// the transformation head and the class probe on its features.
ObjectiveNeeds needs(const ObjectiveOptions&) {
  ObjectiveNeeds needs;
  needs.views = {{0, true}};
  needs.transform_head = true;
  needs.trains_encoder = false;
  return needs;
}

ObjectiveLosses losses(PretextModelImpl& model, const ObjectiveInput& input) {
  ObjectiveLosses losses;
  losses.total = predict_transform(model, input, input.z[0], losses);
  return losses;
}

}  // namespace

Objective random() { return {"random", "the untrained encoder; epochs train only head and probe", {}, needs, losses}; }

}  // namespace equinfo::objective_table
