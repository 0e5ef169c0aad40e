#pragma once

#include <optional>
#include <vector>

#include "estimators/permutation_test.h"

namespace equinfo {

/// p-values of one quantity corrected for the choice among several embeddings (Westfall & Young 1993, single-step
/// max-T): the share of the permutations, the observed labels included, whose largest statistic over the embeddings is
/// at least an embedding's own observed one. A statistic is a score less the mean of its embedding's scores, divided by
/// their standard deviation, so that layers of any width weigh alike. Under the null of all embeddings the smallest
/// corrected p-value is at most α with probability at most α, however the embeddings depend on each other. The tests
/// must share their permutations, that is labels, seed and B, else std::invalid_argument for another B. Tests without a
/// p-value stay without. O(E·B).
std::vector<std::optional<double>> adjusted_p_values(const std::vector<PermutationTest>& tests);

}  // namespace equinfo
