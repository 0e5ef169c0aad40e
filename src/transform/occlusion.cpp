#include <ATen/ATen.h>

#include "core/error.h"
#include "transform/sampling.h"
#include "transform/table.h"

namespace equinfo::transform_table {
namespace {

/// Which of `cells` parts each of `size` pixels lies in.
at::Tensor cell_of(std::int64_t size, std::int64_t cells, const at::Tensor& labels) {
  return (at::arange(size, labels.options()) * cells).div(size, "floor");
}

at::Tensor map(const at::Tensor& images, const at::Tensor& labels, std::int64_t grid) {
  const auto rows = cell_of(images.size(2), grid, labels).view({1, 1, -1, 1});
  const auto columns = cell_of(images.size(3), grid, labels).view({1, 1, 1, -1});
  const auto hidden = (rows * grid + columns + 1).eq(labels.view({-1, 1, 1, 1}));
  const auto mean = as_type_of(images, images.to(at::kFloat).mean({2, 3}, true));
  return at::where(hidden, mean, images);
}

Transform make(TransformName& name) {
  const auto grid = name.number(1, 16).value_or(2);
  Transform transform;
  transform.summary = "one part hidden behind the image's mean colour, or none";
  transform.values = {"none"};
  for (std::int64_t cell = 0; cell < grid * grid; ++cell) {
    transform.values.push_back(fmt::format("row {} column {}", cell / grid + 1, cell % grid + 1));
  }
  transform.map = [grid](const at::Tensor& images, const at::Tensor& labels, const at::Tensor&) {
    return map(images, labels, grid);
  };
  return transform;
}

}  // namespace

const TransformKind occlusion{"occlusionN", "occlusion2", "hides none or one of N x N parts behind the mean colour",
                              make};

}  // namespace equinfo::transform_table
