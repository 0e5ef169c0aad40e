#include <ATen/ATen.h>

#include "core/error.h"
#include "transform/colour.h"
#include "transform/sampling.h"
#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

using Step = at::Tensor (*)(const at::Tensor& images, const at::Tensor& factors);

at::Tensor brightness(const at::Tensor& x, const at::Tensor& f) { return blend(x, at::zeros({}, x.options()), f); }
at::Tensor contrast(const at::Tensor& x, const at::Tensor& f) { return blend(x, luma_of(x).mean({1, 2, 3}, true), f); }
at::Tensor saturation(const at::Tensor& x, const at::Tensor& f) { return blend(x, luma_of(x), f); }

struct Factor {
  const char* option;
  TransformComponent component;
  Step step;
};

/// In the order in which they are applied.
std::vector<Factor> all_factors(double s) {
  return {{"brightness", {"brightness_factor", 1 - s, 1 + s}, brightness},
          {"contrast", {"contrast_factor", 1 - s, 1 + s}, contrast},
          {"saturation", {"saturation_factor", 1 - s, 1 + s}, saturation},
          {"hue", {"hue_turns", -s / 4, s / 4}, turn_hue}};
}

Transform make(TransformName& name) {
  const auto all = all_factors(name.value("strength", 0.4, 0.01, 1.0));
  std::vector<Factor> chosen;
  for (const auto& factor : all) {
    if (name.flag(factor.option)) chosen.push_back(factor);
  }
  if (chosen.empty()) chosen = all;
  Transform transform;
  transform.summary = "colours changed by random factors";
  transform.starts_at_identity = false;
  std::vector<Step> steps;
  for (const auto& factor : chosen) {
    transform.components.push_back(factor.component);
    steps.push_back(factor.step);
  }
  transform.map = [steps](const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
    auto result = images.to(at::kFloat);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      result = steps[i](result, per_image(labels.select(1, static_cast<std::int64_t>(i))));
    }
    return as_type_of(images, result);
  };
  return transform;
}

}  // namespace

const TransformKind jitter{
    "jitter[+FACTOR…][+strengthS]", "jitter",
    "brightness, contrast, saturation (1 ± S, .4), hue (± S/4 turns): all or those named; continuous", make};

}  // namespace equinfo::transform_table
