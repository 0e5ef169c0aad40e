#include <algorithm>
#include <cmath>

#include "pid/measures.h"

namespace equinfo {
namespace {

/// One of the two sources, with the targets at which it tells less.
struct Side {
  const Matrix<double>& given;
  const std::vector<double>& prior;
  std::vector<bool> is_less;
};

/// What of Σ_z p(z) KL(p(s|z) ‖ p(s)) over the side's targets goes through the prior: Σ_z p(z) p(s|z)/p(s).
std::vector<double> prior_slope(const JointPosterior& p, const Side& side) {
  std::vector<double> slope(side.prior.size(), 0.0);
  for (std::int64_t z = 0; z < p.targets(); ++z) {
    const auto row = side.given.row(z);
    const auto i = static_cast<std::size_t>(z);
    for (std::size_t s = 0; s < slope.size() && side.is_less[i]; ++s) {
      if (row[s] > 0.0) slope[s] += p.weight[i] * row[s] / side.prior[s];
    }
  }
  return slope;
}

/// Adds to the claims what each target changes through the prior, −Σ_s slope(s) (p(s|z) − p(s)). Where labels were
/// observed, p(s|z) becomes one at the label, and the side's claim KL(p(s|z) ‖ p(s)) becomes ln p(s|z)/p(s) there.
template <class Label>
void add_influence(const JointPosterior& p, const Side& side, const Label& label, std::vector<double>& influence) {
  const std::vector<double> slope = prior_slope(p, side);
  double mean = 0.0;
  for (std::size_t s = 0; s < slope.size(); ++s) mean += slope[s] * side.prior[s];
  for (std::int64_t z = 0; z < p.targets(); ++z) {
    const auto i = static_cast<std::size_t>(z);
    const auto row = side.given.row(z);
    influence[i] += mean;
    if (p.observed.empty()) {
      for (std::size_t s = 0; s < slope.size(); ++s) influence[i] -= slope[s] * row[s];
      continue;
    }
    const auto s = static_cast<std::size_t>(label(p.observed[i]));
    if (side.is_less[i]) influence[i] += bounded_log(row[s]) - bounded_log(side.prior[s]) - divergence(row, side.prior);
    influence[i] -= slope[s];
  }
}

}  // namespace

Redundancy i_min_redundancy(const JointPosterior& posterior, const RedundancyOptions&) {
  const TargetInformation claimed = claimed_information(posterior);
  Redundancy result;
  Side first{posterior.given_first, posterior.prior_first, {}};
  Side second{posterior.given_second, posterior.prior_second, {}};
  for (std::size_t z = 0; z < claimed.first.size(); ++z) {
    first.is_less.push_back(claimed.first[z] <= claimed.second[z]);
    second.is_less.push_back(!first.is_less.back());
    result.influence.push_back(std::min(claimed.first[z], claimed.second[z]));
  }
  result.nats = weighted_mean(posterior.weight, result.influence);
  add_influence(
      posterior, first, [&](std::int64_t cell) { return cell / posterior.second; }, result.influence);
  add_influence(
      posterior, second, [&](std::int64_t cell) { return cell % posterior.second; }, result.influence);
  return result;
}

}  // namespace equinfo
