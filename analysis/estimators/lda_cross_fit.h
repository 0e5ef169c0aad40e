#pragma once

#include <span>
#include <vector>

#include "estimators/cross_fit.h"
#include "estimators/joint_probe.h"

namespace equinfo {

/// Cross-fits LDA for several labels of the same rows and folds at once: what CrossFitter::fit of bind_lda gives for
/// each, but for rounding. All rules are fitted from the inputs' statistics (ProbeInput::lda, which must be there);
/// labels that share their scatters share the sums of these. Then each row is read once, and scored by the rules of all
/// training sizes and labels in one product.
///
/// With d columns and c cells over all inputs: 11 · folds · inputs fits, 7·N·d·c multiply-adds for the rows and 3 for
/// each of gate_rows; memory: beside the results the rows of gate_rows, their scores for one fold, and blocks. Spread
/// over the inputs' threads and, fold by fold, over the team. `label` is that of a progress line; empty: none.
std::vector<CrossFit> cross_fit_lda(std::span<const ProbeInput> inputs, const std::string& label);

}  // namespace equinfo
