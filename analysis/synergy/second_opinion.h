#pragma once

#include "synergy/panel.h"

namespace equinfo {

/// Lets the intervals of a probe's headline reach up to what k nearest neighbours see and the probe does not: what a
/// misspecified probe misses at every sample size is on no learning curve. `gaps` is what the neighbours read more on
/// the same rows. An excess δ of I(Z;Y), I(Z;T) or I(Z;Y,T) counts where the gap is above two of its standard errors:
/// it is what the neighbours' upper end lies above the probe's. No end moves beyond what is possible, such as a
/// ceiling. The conditional informations reach up by δ_YT, which is no less than either one's shortfall; the synergy by
/// δ_YT, and down by min(δ_Y, δ_T) (the bias band of probe_panel.h). Where the neighbours' whole interval lies above
/// the probe's, which judge() calls RED, nothing bounds what is missed, and the upper ends that have an excess become
/// the ceilings where there are any. Sets the flag "reaches_to_knn" on what it widens.
void reach_to_second_opinion(Panel& headline, const Panel& knn, const PanelMeans& gaps, const Design& design);

}  // namespace equinfo
