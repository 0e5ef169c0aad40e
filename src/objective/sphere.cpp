#include "objective/sphere.h"

#include <cmath>
#include <limits>

#include <torch/nn/functional/loss.h>

namespace equinfo {
namespace {

/// A square matrix whose diagonal takes no part in a sum of exponentials.
torch::Tensor without_diagonal(const torch::Tensor& matrix) {
  const auto diagonal = torch::eye(matrix.size(0), matrix.options().dtype(torch::kBool));
  return matrix.masked_fill(diagonal, -std::numeric_limits<double>::infinity());
}

}  // namespace

torch::Tensor nt_xent(const torch::Tensor& first, const torch::Tensor& second, double temperature) {
  const auto views = torch::cat({first, second});
  const auto count = first.size(0);
  const auto other = torch::arange(2 * count, views.options().dtype(torch::kInt64)).add_(count).remainder_(2 * count);
  return torch::nn::functional::cross_entropy(without_diagonal(views.mm(views.t()) / temperature), other);
}

torch::Tensor alignment(const torch::Tensor& first, const torch::Tensor& second) {
  return (first - second).square().sum(1).mean();
}

torch::Tensor uniformity(const torch::Tensor& points) {
  // ‖a − b‖² = 2 − 2 a · b on the sphere.
  const auto exponents = without_diagonal(points.mm(points.t()) * 4 - 4);
  const auto count = static_cast<double>(points.size(0));
  return exponents.flatten().logsumexp(0) - std::log(count * (count - 1));
}

torch::Tensor orthogonal_equivariance(const torch::Tensor& before, const torch::Tensor& after, std::int64_t groups) {
  const auto gram = [&](const torch::Tensor& points) {
    const auto parts = points.view({groups, -1, points.size(1)});
    return parts.bmm(parts.transpose(1, 2));
  };
  const auto size = before.size(0) / groups;
  // A row with itself has the product 1 on either side and adds nothing.
  return (gram(after) - gram(before)).square().sum() / static_cast<double>(groups * size * (size - 1));
}

}  // namespace equinfo
