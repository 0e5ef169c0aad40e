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

/// Allows for the error that a probe has not met yet: of n sources it got right, the next may be the first it gets
/// wrong. Its posterior q becomes (1 − 1/n)·q + p/n, p the labels' own distribution, so that each ln q/p becomes ln((1
/// − 1/n)·q/p + 1/n) ≥ −ln n. A mixture's marginals are mixed alike: applied to z_y, z_t and z_yt, chain rules stay
/// exact. What was certain and right reads 1/n less.
void allow_for_surprise(std::vector<double>& log_ratios, double sources);

/// What one estimator reads more than another on the same rows.
RowInformation difference(const RowInformation& more, const RowInformation& less);

}  // namespace equinfo
