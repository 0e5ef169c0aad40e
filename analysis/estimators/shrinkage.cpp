#include "estimators/shrinkage.h"

#include <algorithm>
#include <array>

#include "compute/vectorised.h"

namespace equinfo {
namespace {

/// Σ x², as many sums side by side as need not wait for each other.
EQUINFO_VECTORISED double sum_of_squares(const double* values, std::size_t count) {
  constexpr std::size_t kSums = 32;
  std::array<double, kSums> sums{};
  std::size_t k = 0;
  for (; k + kSums <= count; k += kSums) {
    for (std::size_t s = 0; s < kSums; ++s) sums[s] += values[k + s] * values[k + s];
  }
  double sum = 0.0;
  for (; k < count; ++k) sum += values[k] * values[k];
  for (const double part : sums) sum += part;
  return sum;
}

}  // namespace

double oas_intensity(MatrixView<const double> covariance, double freedom) {
  const auto p = static_cast<double>(covariance.rows());
  double trace = 0.0, squares = 0.0;
  for (std::int64_t i = 0; i < covariance.rows(); ++i) {
    trace += covariance(i, i);
    squares += sum_of_squares(covariance.row(i).data(), covariance.row(i).size());
  }
  const double spread = squares - trace * trace / p;
  const double denominator = (freedom + 1.0 - 2.0 / p) * spread;
  if (denominator <= 0.0) return 1.0;
  return std::clamp(((1.0 - 2.0 / p) * squares + trace * trace) / denominator, 0.0, 1.0);
}

}  // namespace equinfo
