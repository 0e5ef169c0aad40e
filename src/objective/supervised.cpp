#include "objective/objective_losses.h"
#include "objective/table.h"

namespace equinfo::objective_table {
namespace {

ObjectiveNeeds needs(const ObjectiveOptions&) {
  ObjectiveNeeds needs;
  needs.views = {{0, false}};
  needs.class_head = true;
  return needs;
}

ObjectiveLosses losses(PretextModelImpl& model, const ObjectiveInput& input) {
  ObjectiveLosses losses;
  losses.total = predict_class(model, input, input.z[0], losses);
  return losses;
}

}  // namespace

Objective supervised() {
  return {"supervised", "predict the class of an image that is not transformed", {"class_hidden"}, needs, losses};
}

}  // namespace equinfo::objective_table
