#pragma once

#include "estimators/labels.h"

namespace equinfo {

/// Pearson's test of Y ⟂ T: Σ (O − E)²/E against χ² with (classes − 1)(transforms − 1) degrees of freedom, every source
/// weighing one, because rows that share a source are no independent evidence; conservative for more than one row a
/// source. Unlike the G statistic it keeps its level down to about one expected source a cell. A continuous
/// T is tested by its bins, which were cut without looking at Y; neighbouring ones are put together, to 8 a component
/// at most and until every class expects 5 sources in each. O(N + cells).
double independence_p_value(const Labels& labels);

/// Whether labels with this p-value are taken for independent: it is at least 0.001.
bool is_independent(double p_value);

}  // namespace equinfo
