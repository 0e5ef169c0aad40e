#pragma once

#include "estimators/information.h"
#include "synergy/panel.h"

namespace equinfo {

/// Lets the intervals of a probe's headline reach up to what may hide below the noise. A probe that cannot tell a
/// signal reads zero at every sample size, and so does its learning curve, with next to no error; the distance of the
/// cells' means (`signal`, mean_signal.h) has an unbiased estimate and an error all the same. With u its upper end for
/// an information and r the number of directions in which the means can differ, the upper end becomes at least
/// r/2 · ln(1 + 2u/r), never beyond the ceiling. Only where u ≤ ¼ nat: the distance of clear signals says little about
/// their information. The synergy's is the distance of the interactions, for independent labels. Sets the flag
/// "reaches_to_faint" on what it widens.
void reach_to_faint_signal(Panel& headline, const RowInformation& signal, const Labels& labels, const Design& design,
                           std::int64_t dims, double ci_level);

}  // namespace equinfo
