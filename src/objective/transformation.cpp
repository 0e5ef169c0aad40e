#include "objective/gradient_reversal.h"
#include "objective/objective_losses.h"
#include "objective/table.h"

namespace equinfo::objective_table {
namespace {

ObjectiveNeeds needs(const ObjectiveOptions& options) {
  ObjectiveNeeds needs;
  needs.views = {{0, true}};
  needs.transform_head = true;
  needs.class_head = options.add_class > 0 || options.eliminate_class > 0;
  return needs;
}

/// The class head minimises its own cross-entropy with weight 1; the encoder gets −λ₂ times the gradient (Ganin and
/// Lempitsky, 2015). What is differentiated is therefore not what the encoder minimises.
void eliminate_class(PretextModelImpl& model, const ObjectiveInput& input, ObjectiveLosses& losses) {
  const double weight = input.options.eliminate_class;
  const auto loss = predict_class(model, input, reverse_gradient(input.z[0], weight), losses);
  losses.descent = losses.total + loss;
  losses.total = losses.total.detach() - weight * loss.detach();
}

ObjectiveLosses losses(PretextModelImpl& model, const ObjectiveInput& input) {
  ObjectiveLosses losses;
  losses.total = predict_transform(model, input, input.z[0], losses);
  const double added = input.options.add_class;
  if (added > 0) losses.total = losses.total + added * predict_class(model, input, input.z[0], losses);
  if (input.options.eliminate_class > 0) eliminate_class(model, input, losses);
  return losses;
}

}  // namespace

Objective transformation() {
  return {"transformation",
          "predict T of a transformed image; class information added or eliminated at will",
          {"add_class", "eliminate_class", "class_hidden"},
          needs,
          losses};
}

}  // namespace equinfo::objective_table
