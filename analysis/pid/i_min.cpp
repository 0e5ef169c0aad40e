#include <algorithm>

#include "pid/measures.h"

namespace equinfo {
namespace {

/// d/dp(s) of Σ_z w(z) KL(p(s|z) ‖ p(s)) over the chosen targets, with the sign turned: Σ_z w(z) p(s|z)/p(s).
std::vector<double> prior_slope(const JointPosterior& p, const Matrix<double>& given, const std::vector<double>& prior,
                                const std::vector<bool>& chosen) {
  std::vector<double> slope(prior.size(), 0.0);
  for (std::int64_t z = 0; z < p.targets(); ++z) {
    const auto i = static_cast<std::size_t>(z);
    for (std::size_t s = 0; s < prior.size(); ++s) {
      if (chosen[i] && given.row(z)[s] > 0.0) slope[s] += p.weight[i] * given.row(z)[s] / prior[s];
    }
  }
  return slope;
}

/// Adds to each target's influence what it changes through the prior: −Σ_s slope(s) (p(s|z) − p(s)).
void add_prior_influence(const Matrix<double>& given, const std::vector<double>& prior,
                         const std::vector<double>& slope, std::vector<double>& influence) {
  for (std::size_t z = 0; z < influence.size(); ++z) {
    const auto row = given.row(static_cast<std::int64_t>(z));
    for (std::size_t s = 0; s < prior.size(); ++s) influence[z] -= slope[s] * (row[s] - prior[s]);
  }
}

}  // namespace

Redundancy i_min_redundancy(const JointPosterior& posterior, const RedundancyOptions&) {
  const TargetInformation information = target_information(posterior);
  Redundancy result;
  std::vector<bool> first_is_less, second_is_less;
  for (std::size_t z = 0; z < information.first.size(); ++z) {
    first_is_less.push_back(information.first[z] <= information.second[z]);
    second_is_less.push_back(!first_is_less.back());
    result.influence.push_back(std::min(information.first[z], information.second[z]));
  }
  result.nats = weighted_mean(posterior.weight, result.influence);
  const auto first = prior_slope(posterior, posterior.given_first, posterior.prior_first, first_is_less);
  const auto second = prior_slope(posterior, posterior.given_second, posterior.prior_second, second_is_less);
  add_prior_influence(posterior.given_first, posterior.prior_first, first, result.influence);
  add_prior_influence(posterior.given_second, posterior.prior_second, second, result.influence);
  return result;
}

}  // namespace equinfo
