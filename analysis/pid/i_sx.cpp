#include <algorithm>
#include <cmath>

#include "pid/measures.h"

namespace equinfo {
namespace {

/// One target's terms: the mean of ln(known/before) under its posterior, that logarithm at its observed labels, and the
/// derivatives through known(s₁,s₂) = p(s₁|z) + p(s₂|z) − p(s₁,s₂|z), the probability that S₁ = s₁ or S₂ = s₂, and
/// through the same before z is known.
struct Terms {
  double mean = 0.0, observed = 0.0, through_posterior = 0.0, through_prior = 0.0;
};

Terms terms_of(const JointPosterior& p, std::int64_t z) {
  const std::int64_t seen = p.observed.empty() ? -1 : p.observed[static_cast<std::size_t>(z)];
  Terms terms;
  for (std::int64_t cell = 0; cell < p.first * p.second; ++cell) {
    const std::int64_t a = cell / p.second, b = cell % p.second;
    const double both = p.joint(z, cell), prior = p.prior[static_cast<std::size_t>(cell)];
    if (prior <= 0.0) continue;
    const double known = p.given_first(z, a) + p.given_second(z, b) - both;
    const double before =
        p.prior_first[static_cast<std::size_t>(a)] + p.prior_second[static_cast<std::size_t>(b)] - prior;
    if (cell == seen) terms.observed = bounded_log(known) - std::log(before);
    // The statement's truth value where labels were observed, else its probability.
    const bool is_true = seen >= 0 && (seen / p.second == a || seen % p.second == b);
    const double truth = seen < 0 ? known : (is_true ? 1.0 : 0.0);
    if (both > 0.0) terms.mean += both * std::log(known / before);
    if (both > 0.0) terms.through_posterior += both * (truth / known - 1.0);
    terms.through_prior += prior * (truth / before - 1.0);
  }
  return terms;
}

}  // namespace

Redundancy i_sx_redundancy(const JointPosterior& posterior, const RedundancyOptions&) {
  Redundancy result;
  for (std::int64_t z = 0; z < posterior.targets(); ++z) {
    const Terms terms = terms_of(posterior, z);
    result.nats += posterior.weight[static_cast<std::size_t>(z)] * terms.mean;
    result.influence.push_back((posterior.observed.empty() ? terms.mean : terms.observed) + terms.through_posterior -
                               terms.through_prior);
  }
  return result;
}

}  // namespace equinfo
