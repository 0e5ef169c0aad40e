#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "synergy/panel.h"
#include "synergy/verdict.h"

namespace equinfo {

/// The two cheapest estimators: the closed-form rung of the ladder and the second opinion.
inline const std::vector<std::string> kFastEstimators{"lda", "knn"};

struct MeasureOptions {
  /// Names from estimator_names().
  std::vector<std::string> estimators{"lda", "qda", "qda_y", "qda_t", "logistic", "mlp", "knn"};
  int folds = 5;              ///< of the cross-fit, ≥ 2
  int knn_k = 5;              ///< neighbours, ≥ 1
  int knn_dims = 16;          ///< whitened principal components for kNN; 0: Z as it is
  double ci_level = 0.95;     ///< of every interval, in (0, 1)
  std::uint64_t seed = 0;     ///< of the folds
  int threads = 0;            ///< 0: all cores; the result does not depend on it
  bool show_progress = false;
};

/// Everything that was measured of one embedding.
struct Measurement {
  Design design;
  /// With probes among the estimators: "best" (extrapolated) and "best_bound" (raw lower bounds) of the probe that
  /// predicts inner folds best, chosen for each fold without seeing it; then one panel a probe (lower bounds), then kNN.
  /// A probe that refuses the data is left out with a word in the details, unless it is the only one.
  std::vector<Panel> panels;
  std::optional<Verdict> verdict;  ///< of "best"
};

/// The names MeasureOptions::estimators may hold: every probe of the ladder, and "knn".
std::vector<std::string> estimator_names();

/// Measures all quantities of one embedding Z [N, d] with every estimator asked for. Z is centred and divided by its
/// root-mean-square deviation first (a shift and one common scale, to which all quantities are indifferent).
/// Throws std::invalid_argument for an unknown estimator, shapes that disagree, labels with a single value, too few
/// sources for the folds or too few rows in a cell for kNN; each message names the value found.
/// Bitwise equal for any number of threads.
Measurement measure(Matrix<float> z, const Labels& labels, const MeasureOptions& options);

}  // namespace equinfo
