#include "estimators/information.h"

#include <algorithm>
#include <cmath>

namespace equinfo {

RowInformation zero_information(std::size_t rows) {
  const std::vector<double> zeros(rows, 0.0);
  return {zeros, zeros, zeros};
}

void add_scaled(RowInformation& sum, const RowInformation& other, double factor) {
  for (std::size_t i = 0; i < sum.z_y.size(); ++i) {
    sum.z_y[i] += factor * other.z_y[i];
    sum.z_t[i] += factor * other.z_t[i];
    sum.z_yt[i] += factor * other.z_yt[i];
  }
}

void allow_for_surprise(std::vector<double>& log_ratios, double sources) {
  const double share = 1.0 / std::max(2.0, sources);
  for (double& value : log_ratios) value = std::log((1.0 - share) * std::exp(value) + share);
}

RowInformation difference(const RowInformation& more, const RowInformation& less) {
  RowInformation result = more;
  add_scaled(result, less, -1.0);
  return result;
}

}  // namespace equinfo
