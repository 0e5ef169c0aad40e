#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "estimators/evidence_lanes.h"
#include "estimators/information.h"
#include "estimators/labels.h"

namespace equinfo {

/// The three evidences of a joint posterior q(y, t | z) for each row (Section "Gate" of the README of this folder):
/// A = ln q(y|z)/p(y), B = ln q(t|z)/p(t), C = ln q(y,t|z)/(q(y|z) q(t|z)) − ln p(y,t)/(p(y) p(t)).
/// Kept in float32. Log scores need not be normalised; cells without rows in the priors are left out.
class Evidence {
 public:
  /// `log_scores` [n, cells] of rows with these labels, [n]. O(n · cells).
  Evidence(MatrixView<const float> log_scores, const Labels& labels, const LogPriors& priors);
  /// Of log scores that lie the other way round, [cells, n], of rows with the labels y and t, [n].
  static Evidence of_columns(MatrixView<const float> log_scores, std::span<const std::int32_t> y,
                             std::span<const std::int32_t> t, const LogPriors& priors);

  std::int64_t rows() const { return static_cast<std::int64_t>(rows_); }

  /// Sum of −ln q(y_i, t_i | z_i) over the rows, with gradient and Hessian in (a, b, c).
  struct Loss {
    double value = 0.0;
    std::array<double, 3> gradient{};
    std::array<std::array<double, 3>, 3> hessian{};
    double rows = 0.0;
  };
  Loss loss(const std::array<double, 3>& gate) const;

  /// What each row contributes to the informations under a gate: ln q(y|z)/p(y) and so on.
  RowInformation information(const std::array<double, 3>& gate) const;

 private:
  Evidence(const LogPriors& priors, std::size_t rows);
  void read_group(std::size_t group, const float* scores, std::ptrdiff_t stride, std::span<const std::int32_t> y,
                  std::span<const std::int32_t> t);
  void set_own(std::size_t group, std::span<const std::int32_t> y, std::span<const std::int32_t> t);

  LogPriors exact_;
  LanePriors priors_;
  std::size_t rows_;
  std::vector<float> evidence_;  // of each group of sixteen rows
  std::vector<OwnLanes> own_;
};

/// The gate (a, b, c) ∈ [0, 1.5]³ that minimises the mean loss, by a projected Newton method on the convex loss from
/// `start`. (1, 1, 1) gives q back, (0, 0, 0) is the posterior of a representation that tells nothing.
std::array<double, 3> fit_gate(const Evidence& evidence, const std::array<double, 3>& start = {1.0, 1.0, 1.0});

}  // namespace equinfo
