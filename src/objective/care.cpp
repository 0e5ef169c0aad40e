#include "objective/objective_losses.h"
#include "objective/sphere.h"
#include "objective/table.h"

// Gupta, Robinson, Lim, Villar, Jegelka 2024. There the transformation is the augmentation itself; here it is T, so
// that T becomes a rotation of the sphere, and the augmentation is what points are invariant to.

namespace equinfo::objective_table {
namespace {

ObjectiveNeeds needs(const ObjectiveOptions& options) {
  ObjectiveNeeds needs;
  needs.views = {{0, false}, {0, true}};
  if (options.alignment > 0) needs.views.push_back({1, false});
  needs.projection = options.projection > 0;
  needs.groups = options.groups;
  needs.couples_images = true;
  return needs;
}

ObjectiveLosses losses(PretextModelImpl& model, const ObjectiveInput& input) {
  const auto& options = input.options;
  const auto plain = on_sphere(model, input.z[0]), transformed = on_sphere(model, input.z[1]);
  ObjectiveLosses losses;
  auto& uniform = losses.term(LossTerm::kUniformity) = uniformity(plain);
  auto& change = losses.term(LossTerm::kEquivariance) = orthogonal_equivariance(plain, transformed, options.groups);
  losses.total = options.uniformity * uniform + options.equivariance * change;
  if (options.alignment > 0) {
    auto& distance = losses.term(LossTerm::kAlignment) = alignment(plain, on_sphere(model, input.z[2]));
    losses.total = losses.total + options.alignment * distance;
  }
  return losses;
}

}  // namespace

Objective care() {
  return {"care",
          "orthogonal equivariance: T becomes a rotation of the sphere that images are spread over (CARE)",
          {"projection", "alignment", "uniformity", "equivariance", "groups"},
          needs,
          losses};
}

}  // namespace equinfo::objective_table
