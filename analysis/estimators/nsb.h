#pragma once

#include <cstdint>
#include <span>

namespace equinfo {

/// What the data say about an entropy under a prior: its posterior mean and standard deviation, in nats.
struct PosteriorEntropy {
  double mean = 0.0, std_deviation = 0.0;
};

/// The Bayesian entropy estimate of Nemenman, Shafee & Bialek (2002) for a variable with a known number K of possible
/// values; `counts` [K] holds how often each was seen, zeros included. The prior mixes symmetric Dirichlet(β)
/// distributions so that the expected entropy ξ(β) = ψ(Kβ + 1) − ψ(β + 1) is uniform on (0, ln K):
///
///     p(β | n) ∝ dξ/dβ · Γ(Kβ)/Γ(N + Kβ) · Π Γ(n_i + β)/Γ(β),
///
/// and the moments of the entropy given β have closed forms (Wolpert & Wolf 1995). The integral over ln β runs over the
/// range where the posterior is above e⁻⁴⁰ of its peak, to about 1e-10.
/// The standard deviation is the posterior's: it knows of nothing but the prior and independent observations.
/// Throws as all of estimators/entropy.h. Cost: about 500 evaluations of the posterior, each as long as there are
/// different counts.
PosteriorEntropy nsb_entropy(std::span<const std::int64_t> counts);

}  // namespace equinfo
