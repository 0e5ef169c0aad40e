#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "estimators/gate.h"
#include "estimators/information.h"
#include "estimators/joint_probe.h"

namespace equinfo {

struct CrossFitOptions {
  int folds = 5;            ///< ≥ 2
  std::uint64_t seed = 0;
  std::uint64_t repetition = 0;
  int threads = 0;          ///< 0: all cores
  bool show_progress = false;
};

/// A gated probe's out-of-fold readings of every row, at three training sizes: all training sources, their disjoint
/// halves (averaged) and their disjoint quarters (averaged).
struct CrossFit {
  RowInformation full, half, quarter;
  std::vector<std::array<double, 3>> gates;  ///< (a, b, c) of each fold at full training size
};

/// Cross-fits a joint probe: for each fold it trains on the other folds' sources, scores the fold's rows, and gates the
/// scores with coefficients fitted on the other folds' out-of-fold scores. Every number is a lower bound in expectation
/// on the information of that row's label (Section 1 of the README of this folder). `z` [N, d] should be centred.
/// Cost: 7 · folds trainings; memory N · cells floats beside the probe's own. Bitwise equal for any number of threads.
/// Throws std::invalid_argument for fewer than 4 · folds sources.
CrossFit cross_fit(const ProbeKind& kind, MatrixView<const float> z, const Labels& labels,
                   const CrossFitOptions& options);

/// Row by row 8/3 full − 2 half + 1/3 quarter: the value at infinite training size of a + b/n + c/n² through the three
/// sizes n, n/2, n/4. A point estimate, no bound. Linear, so chain rules stay exact.
RowInformation extrapolated(const CrossFit& fit);

}  // namespace equinfo
