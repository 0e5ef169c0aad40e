#pragma once

#include <string>

#include "synergy/direct_estimators.h"

namespace equinfo {

/// The shared-radius estimator (estimators/knn.h) in a label-free whitened PCA of at most `knn_dims` components, or on
/// Z as it is for knn_dims = 0. Estimates carry "pca_reduced" where dimensions were dropped. Throws as knn_information.
DirectReading knn_reading(const DirectInput& input);

/// knn_refusal of the input's labels at its k.
std::string knn_refusal_of(const DirectInput& input);

}  // namespace equinfo
