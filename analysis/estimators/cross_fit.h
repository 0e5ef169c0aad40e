#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "estimators/chunk_sums.h"
#include "estimators/fold_readings.h"
#include "estimators/fold_scores.h"
#include "estimators/gate.h"
#include "estimators/information.h"
#include "estimators/joint_probe.h"
#include "estimators/probe_device.h"

namespace equinfo {

struct CrossFitOptions {
  int folds = 5;  ///< ≥ 2
  std::uint64_t seed = 0;
  std::uint64_t repetition = 0;  ///< another number gives other folds
  int threads = 0;               ///< 0: all cores
  bool show_progress = false;
  DeviceChoice device = DeviceChoice::kCpu;  ///< for probes that can be trained on one
};

/// The folds every cross-fit with these options uses: cut in quarters, stratified by class (by cell where each row is
/// its own source). Throws std::invalid_argument for fewer than 4 · folds sources.
SourceFolds cross_fit_folds(const Labels& labels, const CrossFitOptions& options);

/// The input with the device that the options choose for this probe.
ProbeInput on_chosen_device(ProbeInput input, const ProbeKind& kind, const CrossFitOptions& options);

/// A gated probe's out-of-fold readings of every row, at three training sizes: all training sources, their disjoint
/// halves (averaged) and their disjoint quarters (averaged).
struct CrossFit {
  RowInformation full, half, quarter;
  std::vector<std::array<double, 3>> gates{};  ///< (a, b, c) of each fold at full training size
  std::vector<InnerReading> inner{};           ///< of each fold: what probes are chosen by
};

/// One training size of a cross-fit: how folds are read at it, and the plan's share in which reading.
struct TrainingSize {
  ReadingPlan plan;
  RowInformation CrossFit::*reading;
  double weight;
};
/// All, halves, quarters: the costly ones first, so that threads end together.
std::vector<TrainingSize> training_sizes();

/// Cross-fits joint probes on one embedding, all with the same folds. For each fold a probe trains on the other folds'
/// sources, scores the fold's rows, and the scores are gated with coefficients fitted strictly inside the training
/// sources (fold_scores.h). LDA's statistics, which all probes start from, are gathered once. Every number is a lower
/// bound in expectation on the information of that row's label (Section 1 of the README of this folder). Bitwise equal
/// for any number of threads.
class CrossFitter {
 public:
  /// `z` [N, d] should be centred and of unit scale; both references must outlive the fitter. Throws
  /// std::invalid_argument for fewer than 4 · folds sources.
  CrossFitter(const ScaledRows& z, const Labels& labels, const CrossFitOptions& options);
  ~CrossFitter();
  CrossFitter(CrossFitter&&) noexcept;

  /// For labels of the same rows whose cells are unions of these, such as the class alone: on the same folds, and with
  /// these statistics added up instead of gathered anew.
  CrossFitter merged(const Labels& labels) const;

  /// 11 · folds trainings, of six times the training rows together. Memory: N · cells floats a thread at most, beside
  /// the probe's own. Throws std::invalid_argument with the probe's own words if it refuses the input.
  CrossFit fit(const ProbeKind& kind) const;
  /// The fits of a probe that is LDA's rule (ProbeKind::is_lda) by this and by merged fitters, in one pass over the
  /// rows.
  std::vector<CrossFit> fit_with(const ProbeKind& lda, std::span<const CrossFitter* const> merged) const;
  /// Why the probe refuses this input; empty if it does not.
  std::string refusal(const ProbeKind& kind) const;
  const Labels& labels() const;
  /// Sums over all rows.
  DataSums totals() const;
  /// The fold of a row.
  std::int32_t fold(std::int64_t row) const;

 private:
  struct Setting;
  explicit CrossFitter(std::unique_ptr<const Setting> setting);
  std::unique_ptr<const Setting> setting_;
};

/// CrossFitter's fit of one probe.
CrossFit cross_fit(const ProbeKind& kind, const ScaledRows& z, const Labels& labels, const CrossFitOptions& options);

/// The rung to use in each fold, judged by the fold's inner readings alone: the first whose mean lies within one
/// standard error (paired by row, clustered by source) of the best one's. Equal rungs so give way to the simplest, as
/// in Breiman et al. (1984), and not to chance. A rung that is not `trusted` (its learning curve makes no sense) is
/// taken only if none of those so close is trusted.
std::vector<std::size_t> choose_rungs(const std::vector<CrossFit>& fits, const std::vector<bool>& trusted,
                                      const Labels& labels);

/// Each fold's rows from the probe chosen for it.
CrossFit combine_folds(const std::vector<CrossFit>& fits, const std::vector<std::size_t>& choice,
                       const CrossFitter& fitter);

/// Row by row 8/3 full − 2 half + 1/3 quarter: the value at infinite training size of a + b/n + c/n² through the three
/// sizes n, n/2, n/4. A point estimate, no bound. Linear, so chain rules stay exact.
RowInformation extrapolated(const CrossFit& fit);

/// Row by row 2 full − half: the limit of a + b/n, to tell how much the limit depends on the curve's form.
RowInformation extrapolated_straight(const CrossFit& fit);

}  // namespace equinfo
