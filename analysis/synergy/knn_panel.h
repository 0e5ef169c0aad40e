#pragma once

#include <cstdint>
#include <string>

#include "synergy/direct_estimators.h"

namespace equinfo {

/// Neighbours are looked for in a label-free whitened PCA of at most `knn_dims` components, or in Z as it is for
/// knn_dims = 0. Estimates carry "pca_reduced" where dimensions were dropped. All throw as knn_information.

/// The shared-radius estimator (estimators/knn.h) at `knn_k`; the readings at k = 3, 5, 10, 20, as far as the smallest
/// cell allows, are among the panel's numbers ("knn_k3", …), from the same search. With `knn_anchors` A below the
/// number of rows, the rows of a random A/N of the sources alone are read, against all rows: each reading is as good as
/// before, and the error is that of a mean over so many sources fewer. Flagged "anchors".
DirectReading knn_reading(const DirectInput& input);

/// I(Z;Y), I(Z;T) and I(Z;Y,T) by Ross's estimator, each with a radius of its own: inside the class, the
/// transformation, the cell. The last is the shared radius. Their biases do not cancel in differences, so the panel
/// holds no conditional information and no synergy. What own radii read more than the shared one is among the numbers
/// ("own_minus_shared"): a hint at kNN's bias, which grows with the radius. Three searches.
DirectReading knn_own_reading(const DirectInput& input);

/// The shared-radius estimator on what a probe made of Z: the logits of the probe that the headline took (of lda where
/// there is none), cross-fitted, so that a row's logits come from other sources' labels. Each fold has coordinates of
/// its own; the search and all counts stay inside the fold. Cost: `folds` trainings for each probe, and the searches.
DirectReading knn_logits_reading(const DirectInput& input);

/// Why a row lacks its neighbours, in one line; empty if none does.
std::string knn_refusal_of(const DirectInput& input);
std::string knn_own_refusal_of(const DirectInput& input);  ///< of a continuous T it has nothing to search inside
std::string knn_logits_refusal_of(const DirectInput& input);

/// Bytes that the coordinates, their copies and the counters of a search in so many columns of Z take at once
/// (estimators/README.md has them in figures). Anchors need no fewer.
std::int64_t knn_memory(std::int64_t rows, std::int64_t cols, const MeasureOptions& options);

}  // namespace equinfo
