#pragma once

#include <string>
#include <vector>

#include "core/matrix.h"
#include "estimators/cross_fit.h"
#include "estimators/joint_probe.h"
#include "estimators/labels.h"

namespace equinfo {

/// The out-of-fold posteriors q(y, t | z_i) of a joint probe, [N, cells] with column y · transforms + t, rows summing
/// to 1: trained on the other folds' sources and gated inside them, as in cross_fit, so that a representation that
/// tells nothing gives the prior back. `z` [N, d] should be centred. Throws as cross_fit does. Cost: 5 · folds
/// trainings, of four times the training rows together; memory N · cells floats, and as much for each thread. Bitwise
/// equal for any number of threads.
Matrix<float> probe_posteriors(const ProbeKind& kind, const ScaledRows& z, const Labels& labels,
                               const CrossFitOptions& options);

/// The same on folds and priors of the caller's, such as folds that keep classes apart; the folds must have 4 parts,
/// the gate of a fold being fitted on parts that the probes which score them have not seen.
Matrix<float> probe_posteriors(const ProbeKind& kind, const ProbeInput& input);

/// The same for a headline that took another probe in each fold: fold f's rows come from the probe named
/// `probe_of_fold[f]`. Throws std::invalid_argument for an unknown name or another number of folds. Cost: `folds`
/// trainings for each probe that was taken.
Matrix<float> probe_posteriors(const std::vector<std::string>& probe_of_fold, const ScaledRows& z, const Labels& labels,
                               const CrossFitOptions& options);

}  // namespace equinfo
