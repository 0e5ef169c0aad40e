#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/matrix.h"

namespace equinfo {

/// A joint distribution of two discrete sources S₁ (Y), S₂ (T) and a discrete target Z: p(z) and p(s₁, s₂ | z) for each
/// value of Z. For an embedding, the values of Z are its rows, 1/N each. Everything a decomposition needs.
struct JointPosterior {
  std::int64_t first = 0, second = 0;  ///< how many values S₁ and S₂ have
  Matrix<double> joint;              ///< [targets, first · second], p(s₁, s₂ | z) in column s₁ · second + s₂
  std::vector<double> weight;        ///< [targets], p(z) > 0
  Matrix<double> given_first;        ///< [targets, first], p(s₁ | z)
  Matrix<double> given_second;       ///< [targets, second], p(s₂ | z)
  std::vector<double> prior_first;   ///< [first], p(s₁) = Σ_z p(z) p(s₁ | z)
  std::vector<double> prior_second;  ///< [second]
  std::vector<double> prior;         ///< [first · second], p(s₁, s₂)
  /// [targets], the cell s₁ · second + s₂ that was seen with each target, for rows of data; empty for a distribution
  /// that is known. Chooses between the two forms of what follows.
  std::vector<std::int32_t> observed;
  std::vector<double>
      observed_log_prior;  ///< [first · second], ln p(s₁, s₂) of the observed labels; empty like `observed`

  std::int64_t targets() const { return joint.rows(); }
};

/// Completes the marginals of p(s₁, s₂ | z) [targets, first · second] and p(z). Both are normalised first, so that all
/// identities hold to rounding; entries below 1e-30 become zero. Throws std::invalid_argument for shapes that disagree,
/// a negative or non-finite entry, or a row or the weights that sum to zero. O(targets · first · second).
JointPosterior complete_joint(Matrix<double> joint, std::vector<double> weight, std::int64_t first,
                              std::int64_t second);

/// What every target adds to I(Z;S₁), I(Z;S₂) and I(Z;S₁,S₂), in nats, [targets] each.
struct TargetInformation {
  std::vector<double> first, second, both;
};
/// KL(p(s₁|z) ‖ p(s₁)) and so on: what the posteriors claim. Never negative.
TargetInformation claimed_information(const JointPosterior& posterior);
/// ln p(s₁|z)/p(s₁) and so on at the observed labels, with the labels' own frequencies for p(s₁) and
/// `observed_log_prior` for ln p(s₁, s₂): what the posteriors
/// achieve, row by row the same as the probes' RowInformation. Needs both.
TargetInformation achieved_information(const JointPosterior& posterior);

/// ln max(x, 1e-12): keeps one posterior that denies its row's label from reading −∞.
double bounded_log(double x);

/// Σ p ln(p/q) in nats, 0 ln 0 = 0.
double divergence(std::span<const double> p, std::span<const double> q);

/// Σ_z p(z) values(z), added in order.
double weighted_mean(const std::vector<double>& weight, const std::vector<double>& values);

}  // namespace equinfo
