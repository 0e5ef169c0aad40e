#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "estimators/permutation_test.h"
#include "estimators/probe_device.h"
#include "neighbors/pair_scanner.h"
#include "synergy/panel.h"
#include "synergy/verdict.h"

namespace equinfo {

/// The cheapest estimators: the closed-form rungs of the ladder (one of them for a continuous T) and the second
/// opinion.
inline const std::vector<std::string> kFastEstimators{"lda", "lda_smooth", "knn"};

struct MeasureOptions {
  /// Names from estimator_names().
  std::vector<std::string> estimators{"lda", "lda_smooth", "qda", "qda_y", "qda_t", "logistic", "mlp", "knn"};
  int folds = 5;      ///< of the cross-fit, ≥ 2
  int repeats = 1;    ///< sets of folds that the probes are cross-fitted on and averaged over, ≥ 1
  int knn_k = 5;      ///< neighbours, ≥ 1
  int knn_dims = 16;  ///< whitened principal components for kNN; 0: Z as it is
  NeighborEngine knn_engine = NeighborEngine::kAuto;  ///< that counts neighbours; the result does not depend on it
  int knn_subsamples = 0;  ///< of half of the sources, for kNN's errors, 0 or ≥ 2; 0: clustered errors of the row terms
  /// Rows that kNN reads at most, all rows of sources drawn with the seed; all rows are still their neighbours. 0: all.
  std::int64_t knn_anchors = 0;
  int codewords = 64;                        ///< of the codebook for quantized, ≥ 2
  std::string entropy = "grassberger";       ///< of quantized: one of entropy_corrections()
  double ci_level = 0.95;                    ///< of every interval, in (0, 1)
  std::uint64_t seed = 0;                    ///< of the folds
  int threads = 0;                           ///< 0: all cores; the result does not depend on it
  DeviceChoice device = DeviceChoice::kCpu;  ///< that trains logistic
  bool show_progress = false;
  int permutations = 0;    ///< of the exact tests (estimators/permutation_test.h), ≥ 0; 0: no tests
  bool keep_rows = false;  ///< keep what each row contributes to the headline (3 N doubles)
};

/// Everything that was measured of one embedding.
struct Measurement {
  Design design;
  /// With probes among the estimators: "best" (extrapolated) and "best_bound" (raw lower bounds) of the simplest probe
  /// that predicts inner folds as well as any (choose_rungs), chosen for each fold without seeing it; then one panel a
  /// probe (lower bounds), then one a direct estimator (kNN, counts). What refuses the data is left out with a word in
  /// the details, unless it is the only one.
  std::vector<Panel> panels;
  std::optional<Verdict> verdict;      ///< of "best"
  RowInformation rows;                 ///< what the rows contribute to the first panel; empty unless `keep_rows`
  std::vector<PermutationTest> tests;  ///< that informations are zero; empty unless asked for
  std::vector<std::string> chosen;     ///< of "best", for each fold (of the first repetition); empty without probes
};

/// The names MeasureOptions::estimators may hold: every probe of the ladder (estimators/joint_probe.h), then every
/// direct estimator (synergy/direct_estimators.h).
std::vector<std::string> estimator_names();

/// Throws std::invalid_argument for labels of which nothing can be measured, whatever Z is: those with a single value,
/// and classes of which most have a single source.
void check_labels(const Labels& labels);

/// Replaces z by its standardised_rows.
void standardise(Matrix<float>& z);

/// Measures all quantities of one embedding Z [N, d] with every estimator asked for, of standardised_rows.
/// `lda` and the principal components of `knn` read Z block by block and keep no copy of it.
/// Throws std::invalid_argument for an unknown estimator, shapes that disagree, labels that check_labels refuses, too
/// few sources for the folds or too few rows in a cell for kNN; each message names the value found. Bitwise equal for
/// any number of threads.
Measurement measure(MatrixView<const float> z, const Labels& labels, const MeasureOptions& options);

}  // namespace equinfo
