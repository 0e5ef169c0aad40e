#pragma once

#include <cstdint>
#include <vector>

#include "core/matrix.h"
#include "pid/joint_posterior.h"

namespace equinfo {

/// The couplings of p(s₁|z) and p(s₂|z) nearest to one common distribution q̄(s₁,s₂), for all z at once. The coupling
/// that minimises KL(Q_z ‖ q̄) has the form Q_z = u_z(s₁) q̄(s₁,s₂) v_z(s₂) (Csiszár 1975), and since q̄ is common, one
/// sweep of Sinkhorn's scaling is two products of matrices: u ← p(s₁|z) ⊘ (v q̄ᵀ), v ← p(s₂|z) ⊘ (u q̄).
/// Work is cut into blocks of targets; partial sums are added in block order, so threads change nothing.
class Couplings {
 public:
  Couplings(const JointPosterior& posterior, int threads);

  /// Improves u and v for the given q̄ [first, second] by a few sweeps, and returns the ratio of the mean coupling
  /// Σ_z p(z) Q_z to q̄, cell by cell. After it, Q_z(s₂) = p(s₂|z) exactly and Q_z(s₁) nearly.
  Matrix<double> sweep(const Matrix<double>& common, int sweeps);

  /// Σ_s₁ p(s₁|z) ln u_z + Σ_s₂ p(s₂|z) ln v_z of each target: by duality at most min KL(Q_z ‖ q̄), equal once Sinkhorn
  /// has converged.
  std::vector<double> dual_values() const;

  /// ln u_z(s₁) + ln v_z(s₂) at the observed labels of each target: the derivative of the dual value in p(s₁, s₂ | z).
  std::vector<double> observed_values() const;

  /// I_Q(Z;S₁,S₂) of couplings that satisfy both marginals exactly: u q̄ v, made feasible by scaling rows that are too
  /// heavy down and returning what is missing as a product (Altschuler, Weed & Rigollet 2017). Never below the minimum.
  double feasible_information(const Matrix<double>& common) const;

 private:
  const JointPosterior* posterior_;
  int threads_;
  Matrix<double> u_, v_;  // [targets, first], [targets, second]
};

}  // namespace equinfo
