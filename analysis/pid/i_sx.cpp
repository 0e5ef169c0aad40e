#include <cmath>

#include "pid/measures.h"

namespace equinfo {
namespace {

/// p(s₁) + p(s₂) − p(s₁,s₂): the probability that one of the two statements S₁ = s₁, S₂ = s₂ is true.
double either(std::span<const double> first, std::span<const double> second, std::span<const double> both,
              std::size_t a, std::size_t b) {
  return first[a] + second[b] - both[a * second.size() + b];
}

}  // namespace

Redundancy i_sx_redundancy(const JointPosterior& p, const RedundancyOptions&) {
  Redundancy result;
  for (std::int64_t z = 0; z < p.targets(); ++z) {
    const auto first = p.given_first.row(z), second = p.given_second.row(z), both = p.joint.row(z);
    double mean = 0.0, through_prior = 0.0;
    for (std::size_t a = 0; a < first.size(); ++a) {
      for (std::size_t b = 0; b < second.size(); ++b) {
        const double probability = p.prior[a * second.size() + b];
        if (probability <= 0.0) continue;
        const double known = either(first, second, both, a, b);
        const double before = either(p.prior_first, p.prior_second, p.prior, a, b);
        if (both[a * second.size() + b] > 0.0) mean += both[a * second.size() + b] * std::log(known / before);
        through_prior += probability * (known / before - 1.0);
      }
    }
    result.nats += p.weight[static_cast<std::size_t>(z)] * mean;
    result.influence.push_back(mean - through_prior);
  }
  return result;
}

}  // namespace equinfo
