#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pid/joint_posterior.h"

namespace equinfo {

/// How hard a measure that needs an optimisation tries.
struct RedundancyOptions {
  double tolerance = 1e-7;     ///< nats, > 0: stop when the minimum is known this well
  int max_iterations = 20000;  ///< ≥ 1
  int threads = 0;             ///< 0: all cores; the result does not depend on it
};

/// The redundancy of two sources about the target, which is all that a measure decides: with the three informations it
/// fixes U₁ = I(Z;S₁) − R, U₂ = I(Z;S₂) − R, Syn = I(Z;S₁,S₂) − I(Z;S₁) − I(Z;S₂) + R.
struct Redundancy {
  double nats = 0.0;  ///< of the distribution p(z) p(s₁,s₂|z) as it is given
  double gap = 0.0;  ///< nats: the true value is at most this much larger (BROJA's duality gap; 0 for the closed forms)
  bool converged = true;  ///< gap ≤ tolerance
  /// [targets], `nats` + the influence function: the derivative of the redundancy as the probability of this target
  /// grows, seen together with its observed labels, or with labels as the posterior has them where none were observed.
  /// Without observed labels the mean under p(z) is `nats`. With them it is the one-step estimate, which takes the
  /// posteriors' errors off to first order, and the clustered error of this mean is the estimate's.
  std::vector<double> influence;
};

/// Williams & Beer (2010): E_z min{KL(p(s₁|z)‖p(s₁)), KL(p(s₂|z)‖p(s₂))}. ≥ 0. O(targets · cells).
Redundancy i_min_redundancy(const JointPosterior& posterior, const RedundancyOptions& options);

/// Makkeh, Gutknecht & Wibral (2021): E ln[(p(s₁|z) + p(s₂|z) − p(s₁,s₂|z)) / (p(s₁) + p(s₂) − p(s₁,s₂))]. A difference
/// of exclusions of probability mass; may be negative, as may be its unique parts. O(targets · cells).
Redundancy i_sx_redundancy(const JointPosterior& posterior, const RedundancyOptions& options);

/// Bertschinger, Rauh, Olbrich, Jost & Ay (2014), I(Z;S₁) + I(Z;S₂) − min_Q I_Q(Z;S₁,S₂), over all Q with the pairs
/// (Z,S₁) and (Z,S₂) distributed as they are. All four parts ≥ 0. Cost: some ten to some hundred iterations of
/// 12 · targets · cells operations.
Redundancy broja_redundancy(const JointPosterior& posterior, const RedundancyOptions& options);

struct RedundancyMeasure {
  std::string name;     ///< "broja", "i_min", "i_sx"
  std::string summary;  ///< one line for people
  Redundancy (*redundancy)(const JointPosterior&, const RedundancyOptions&);
};

/// All measures there are, the recommended one first.
const std::vector<RedundancyMeasure>& redundancy_measures();
/// One of them; throws std::invalid_argument that names an unknown name and the nearest known one.
const RedundancyMeasure& redundancy_measure_named(std::string_view name);

}  // namespace equinfo
