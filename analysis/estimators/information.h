#pragma once

#include <cstddef>
#include <vector>

namespace equinfo {

/// What each row contributes to the three informations everything else follows from, in nats, [N] each. The chain
/// rules hold exactly per row: i(z;y|t) = z_yt − z_t, i(z;t|y) = z_yt − z_y, s = z_yt − z_y − z_t.
struct RowInformation {
  std::vector<double> z_y, z_t, z_yt;
};

RowInformation zero_information(std::size_t rows);

/// sum += factor · other, row by row.
void add_scaled(RowInformation& sum, const RowInformation& other, double factor);

/// What one estimator reads more than another on the same rows.
RowInformation difference(const RowInformation& more, const RowInformation& less);

}  // namespace equinfo
