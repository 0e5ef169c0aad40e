#pragma once

#include <vector>

#include "estimators/cross_fit.h"

namespace equinfo {

/// Gives the other processes of the team what this one read of its folds, and takes theirs; `owner` names the rank of
/// each fold. Work must be shared (compute/team.h).
void exchange_folds(std::vector<CrossFit>& fits, const SourceFolds& folds, const std::vector<int>& owner);

}  // namespace equinfo
