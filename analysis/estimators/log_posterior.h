#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "estimators/labels.h"

namespace equinfo {

/// The posterior q(y, t) of one row of log scores after another, and its marginals, in logarithms; −∞ where the prior
/// is. Buffers are used again for the next row.
class LogPosterior {
 public:
  /// The priors must outlive it.
  explicit LogPosterior(const LogPriors& priors);

  /// Reads the next row: one vectorised exponential a cell, relative to the largest score (relative error 3e-7); a
  /// marginal too small for that is summed anew, relative to its own largest. Cells without a prior are left out.
  void read(std::span<const float> scores);

  double norm = 0.0;                 ///< ln Σ exp(score): ln q of a cell is its score less this
  std::vector<double> of_class;      ///< ln q(y), [classes]
  std::vector<double> of_transform;  ///< ln q(t), [transforms]

 private:
  double log_share(double sum, float top, std::span<const float> scores, std::size_t first, std::size_t stride,
                   std::size_t count) const;
  double possible_score(std::span<const float> scores, std::size_t cell) const;

  std::vector<bool> possible_;
  std::vector<float> weight_;
};

}  // namespace equinfo
