#pragma once

#include <string>

#include "synergy/direct_estimators.h"

namespace equinfo {

/// I(Q(Z);·) for a k-means codebook of `codewords` fitted on half of the sources and counted on the rest, entropies
/// corrected by `entropy` (estimators/quantized.h). By the data-processing inequality the informations are lower bounds
/// up to the correction's error (kind "lower_bound"); I(Y;T|Z) and S of Q(Z) bound nothing ("difference"). Intervals
/// are jackknifed over groups of sources where they can be. Throws as quantized_information.
DirectReading quantized_reading(const DirectInput& input);

/// Why there are too few sources to halve; empty if there are enough.
std::string quantized_refusal_of(const DirectInput& input);

}  // namespace equinfo
