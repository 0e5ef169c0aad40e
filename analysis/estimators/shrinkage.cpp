#include "estimators/shrinkage.h"

#include <algorithm>

namespace equinfo {

double oas_intensity(MatrixView<const double> covariance, double freedom) {
  const auto p = static_cast<double>(covariance.rows());
  double trace = 0.0, squares = 0.0;
  for (std::int64_t i = 0; i < covariance.rows(); ++i) {
    trace += covariance(i, i);
    for (const double value : covariance.row(i)) squares += value * value;
  }
  const double spread = squares - trace * trace / p;
  const double denominator = (freedom + 1.0 - 2.0 / p) * spread;
  if (denominator <= 0.0) return 1.0;
  return std::clamp(((1.0 - 2.0 / p) * squares + trace * trace) / denominator, 0.0, 1.0);
}

}  // namespace equinfo
