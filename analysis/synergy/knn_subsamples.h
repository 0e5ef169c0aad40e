#pragma once

#include "synergy/direct_estimators.h"

namespace equinfo {

/// Replaces the standard errors and intervals of a kNN panel by those from MeasureOptions::knn_subsamples subsamples of
/// half of the sources each, drawn without replacement, with kNN run anew on each in the same coordinates `z` [N,
/// dims]; intervals with Student's quantile of one degree of freedom fewer than subsamples. Clustered errors of the row
/// terms take the neighbours' counts for given; these do not. Throws std::invalid_argument for a single subsample, or
/// if half of the sources leaves a row without k neighbours. Cost: a quarter of a search for each subsample.
void use_subsampled_errors(Panel& panel, MatrixView<const float> z, const DirectInput& input);

}  // namespace equinfo
