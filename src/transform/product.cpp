#include <ATen/ATen.h>

#include "core/error.h"
#include "transform/table.h"

namespace equinfo {
namespace {

/// The label of one factor out of the product's, which is a · K₂ + b.
at::Tensor part_of(const at::Tensor& labels, const Transform& first, const Transform& second, bool of_first) {
  if (first.continuous()) {
    const auto p = static_cast<std::int64_t>(first.components.size());
    return of_first ? labels.narrow(1, 0, p) : labels.narrow(1, p, labels.size(1) - p);
  }
  return of_first ? labels.div(second.count(), "floor") : labels.remainder(second.count());
}

template <class T>
std::vector<T> joined(std::vector<T> first, const std::vector<T>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::vector<std::string> factors_of(const Transform& transform) {
  return transform.factors.empty() ? std::vector{transform.name} : transform.factors;
}

}  // namespace

Transform product(const Transform& first, const Transform& second) {
  require(first.continuous() == second.continuous(),
          "transform: \"{}*{}\": one is continuous and the other is not; a product needs two of a kind", first.name,
          second.name);
  Transform both;
  both.name = first.name + "*" + second.name;
  both.summary = first.summary + "; then " + second.summary;
  for (const auto& a : first.values) {
    for (const auto& b : second.values) both.values.push_back(a + " × " + b);
  }
  both.components = joined(first.components, second.components);
  both.noise = first.noise + second.noise;
  both.starts_at_identity = first.starts_at_identity && second.starts_at_identity;
  both.factors = joined(factors_of(first), factors_of(second));
  both.map = [first, second](const at::Tensor& images, const at::Tensor& labels, const at::Tensor& noise) {
    const auto halfway = first.apply(images, part_of(labels, first, second, true), noise.narrow(1, 0, first.noise));
    return second.apply(halfway, part_of(labels, first, second, false), noise.narrow(1, first.noise, second.noise));
  };
  return both;
}

}  // namespace equinfo
