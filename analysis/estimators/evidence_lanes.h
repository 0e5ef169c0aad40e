#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "compute/lane_math.h"
#include "estimators/labels.h"

/// What Evidence (gate.h) is computed with: sixteen rows at a time, one in each lane, so that of an array [cells][16]
/// the values of one cell lie together.
namespace equinfo {

/// The priors in float32; kLogZero stands for ln 0.
struct LanePriors {
  static constexpr float kLogZero = -1e30F;  // far below any logarithm that matters, and finite

  explicit LanePriors(const LogPriors& priors);
  std::vector<float> y, t, cell;
  std::vector<float> interaction;  ///< ln p(y,t) − ln p(y) − ln p(t); 0 where p(y,t) is

  static bool is_possible(float log_prior) { return log_prior > 0.5F * kLogZero; }
  /// Floats of sixteen rows' evidence: A [classes][16], B [transforms][16], C [cells][16].
  std::size_t evidence_size() const { return kLanes * (y.size() + t.size() + cell.size()); }
};

/// Sixteen rows' own labels, and their own cells' part of the evidence.
struct OwnLanes {
  std::array<std::int32_t, kLanes> y{}, t{};
  std::array<float, kLanes> log_prior{}, a{}, b{}, c{};
  std::array<float, kLanes> live{};  ///< 1; 0 in lanes beyond the last row
};

/// Evidence of sixteen rows; their scores of cell c begin at scores + c · stride. Exponentials are relative to a row's
/// largest score (relative error 3e-7); a marginal too small for that is summed anew, relative to its own largest.
/// Impossible cells are left out; their evidence is zero.
void read_evidence(const LanePriors& priors, const float* scores, std::ptrdiff_t stride, float* evidence);

/// Sums over rows, lane by lane in float64: loss; its gradient; the Hessian's aa, ba, bb, ca, cb, cc.
struct LossLanes {
  std::array<Doubles, 10> sum{};
};
/// Adds sixteen rows' −ln q(y, t | z) under a gate, and its derivatives. scratch: [cells][16].
void add_loss(const LanePriors& priors, const float* evidence, const OwnLanes& own, const std::array<float, 3>& gate,
              float* scratch, LossLanes& loss);

/// ln q(y|z), ln q(t|z) and ln q(y,t|z) of sixteen rows' own labels under a gate. scratch: as large as the evidence.
struct InformationLanes {
  std::array<float, kLanes> z_y{}, z_t{}, z_yt{};
};
void read_information(const LanePriors& priors, const float* evidence, const OwnLanes& own,
                      const std::array<float, 3>& gate, float* scratch, InformationLanes& information);

}  // namespace equinfo
