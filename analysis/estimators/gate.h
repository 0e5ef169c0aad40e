#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "estimators/information.h"
#include "estimators/labels.h"

namespace equinfo {

/// The three evidences of a joint posterior q(y, t | z) for each row (Section "Gate" of the README of this folder):
/// A = ln q(y|z)/p(y), B = ln q(t|z)/p(t), C = ln q(y,t|z)/(q(y|z) q(t|z)) − ln p(y,t)/(p(y) p(t)).
/// Built in place of the log scores, which need not be normalised.
class Evidence {
 public:
  /// `log_scores` [N, cells]; cells without rows in the priors are left out. O(N · cells), on `threads` threads.
  Evidence(Matrix<float> log_scores, const Labels& labels, const LogPriors& priors, int threads);

  std::int64_t rows() const { return interaction_.rows(); }

  /// Mean of −ln q(y_i, t_i | z_i) over the rows of some blocks, with gradient and Hessian in (a, b, c).
  struct Loss {
    double value = 0.0;
    std::array<double, 3> gradient{};
    std::array<std::array<double, 3>, 3> hessian{};
    double rows = 0.0;
    void add(const Loss& other);
  };
  Loss loss(std::span<const std::int64_t> rows, const std::array<double, 3>& gate) const;

  /// What each of the given rows contributes to the informations under a gate: ln q(y|z)/p(y) and so on, written at the
  /// rows' own places of `information` (vectors of length N).
  void information(std::span<const std::int64_t> rows, const std::array<double, 3>& gate,
                   RowInformation& information) const;

 private:
  class RowReader;

  const Labels* labels_;
  const LogPriors* priors_;
  std::vector<float> log_prior_;                   // [cells, padded to the kernels' lanes]
  Matrix<float> class_, transform_, interaction_;  // A [N, classes], B [N, transforms], C [N, cells]
};

/// The gate (a, b, c) ∈ [0, 1.5]³ that minimises the mean loss over the given rows, by a projected Newton method on the
/// convex loss from `start`. (1, 1, 1) gives q back, (0, 0, 0) is the posterior of a representation that tells nothing.
std::array<double, 3> fit_gate(const Evidence& evidence, std::span<const std::int64_t> rows,
                               const std::array<double, 3>& start, int threads);

}  // namespace equinfo
