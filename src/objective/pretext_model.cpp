#include "objective/pretext_model.h"

#include "encoder/heads.h"

namespace equinfo {

PretextModelImpl::PretextModelImpl(const PretextShape& shape, const ObjectiveOptions& objective)
    : encoder(make_encoder(shape.encoder)), probe(encoder->dims(), shape.classes) {
  const auto needs = find_objective(objective.name).needs(objective);
  register_module("encoder", encoder);
  if (needs.transform_head) {
    head = mlp_head(encoder->dims(), shape.values, {shape.head_hidden});
    register_module("head", head);
  }
  register_module("probe", probe);
  if (needs.class_head) {
    class_head = mlp_head(encoder->dims(), shape.classes, {objective.class_hidden});
    register_module("class_head", class_head);
  }
  if (needs.projection) {
    projection = mlp_head(encoder->dims(), objective.projection, {shape.head_hidden});
    register_module("projection", projection);
  }
}

}  // namespace equinfo
