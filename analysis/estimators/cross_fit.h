#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "estimators/gate.h"
#include "estimators/information.h"
#include "estimators/joint_probe.h"

namespace equinfo {

struct CrossFitOptions {
  int folds = 5;  ///< ≥ 2
  std::uint64_t seed = 0;
  std::uint64_t repetition = 0;
  int threads = 0;  ///< 0: all cores
  bool show_progress = false;
};

/// The folds every cross-fit with these options uses: cut in quarters, stratified by class (by cell where each row is
/// its own source). Throws std::invalid_argument for fewer than 4 · folds sources.
SourceFolds cross_fit_folds(const Labels& labels, const CrossFitOptions& options);

/// A gated probe's out-of-fold readings of every row, at three training sizes: all training sources, their disjoint
/// halves (averaged) and their disjoint quarters (averaged).
struct CrossFit {
  RowInformation full, half, quarter;
  std::vector<std::array<double, 3>> gates;  ///< (a, b, c) of each fold at full training size
  /// Gated joint loss in nats on the last quarter of each fold's training sources, after training on the other three:
  /// what probes are chosen by. Empty unless asked for.
  std::vector<double> inner_loss;
};

/// Cross-fits joint probes on one embedding, all with the same folds. For each fold a probe trains on the other folds'
/// sources, scores the fold's rows, and the scores are gated with coefficients fitted on the other folds' out-of-fold
/// scores. Every number is a lower bound in expectation on the information of that row's label (Section 1 of the README
/// of this folder). Bitwise equal for any number of threads.
class CrossFitter {
 public:
  /// `z` [N, d] should be centred and of unit scale; both references must outlive the fitter. Throws
  /// std::invalid_argument for fewer than 4 · folds sources.
  CrossFitter(MatrixView<const float> z, const Labels& labels, const CrossFitOptions& options);
  ~CrossFitter();

  /// 7 · folds trainings, and folds more with `inner_loss`. Memory N · cells floats beside the probe's own.
  /// Throws std::invalid_argument with the probe's own words if it refuses the input.
  CrossFit fit(const ProbeKind& kind, bool inner_loss = false) const;
  /// Why the probe refuses this input; empty if it does not.
  std::string refusal(const ProbeKind& kind) const;
  /// The fold of a row.
  std::int32_t fold(std::int64_t row) const;

 private:
  struct Setting;
  std::unique_ptr<const Setting> setting_;
};

/// CrossFitter's fit of one probe.
CrossFit cross_fit(const ProbeKind& kind, MatrixView<const float> z, const Labels& labels,
                   const CrossFitOptions& options);

/// Each fold's rows from the probe with the smallest inner loss there, so that the choice never sees the rows it is
/// reported on. `choice` gets the number of the probe for each fold. The fits must have inner losses.
CrossFit choose_by_inner_loss(const std::vector<CrossFit>& fits, const CrossFitter& fitter,
                              std::vector<std::size_t>& choice);

/// Row by row 8/3 full − 2 half + 1/3 quarter: the value at infinite training size of a + b/n + c/n² through the three
/// sizes n, n/2, n/4. A point estimate, no bound. Linear, so chain rules stay exact.
RowInformation extrapolated(const CrossFit& fit);

}  // namespace equinfo
