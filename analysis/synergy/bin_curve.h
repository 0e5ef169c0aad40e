#pragma once

#include <array>

#include "estimators/cross_fit.h"
#include "synergy/panel.h"

namespace equinfo {

/// What lda_smooth reads of a continuous T cut into more and more bins: T̃ tells at most what T tells, and the curve
/// says about how much is lost.
struct BinCurve {
  std::array<std::int32_t, 3> bins{};    ///< about a quarter, a half, and all of them
  std::array<PanelMeans, 3> readings{};  ///< at infinite training size, in that order

  /// About what ever more bins would add to a quantity, in nats: the last step a of the curve times r/(1 − r), r its
  /// ratio to the step before, kept between ¼ (a loss ∝ bins⁻², a density that is smooth inside the bins) and ½
  /// (∝ bins⁻¹). So between a/3 and a. 0 for I(Z;Y), which has no T in it.
  double missing(Quantity quantity) const;
};

/// Cross-fits lda_smooth with a quarter, a half and all of the bins: 21 · folds trainings. T must be continuous
/// (std::invalid_argument).
BinCurve bin_curve(const ScaledRows& z, const Labels& labels, const CrossFitOptions& options);

/// Says in a probe's panel that T was cut into bins: what involves T becomes a lower bound, is flagged "binned", and
/// its interval reaches as far as the curve says is missing, but not beyond what is possible. The curve joins the
/// panel's numbers.
void reach_beyond_bins(Panel& panel, const BinCurve& curve, const Design& design);

}  // namespace equinfo
