#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "estimators/cross_fit.h"
#include "synergy/measure.h"
#include "synergy/probe_checks.h"
#include "synergy/probe_panel.h"

namespace equinfo {

/// Every probe asked for, and the headline chosen among them fold by fold.
struct ProbeLadder {
  std::vector<Panel> panels;        ///< the bounds of each probe; empty if none was asked for
  std::optional<ProbePanels> best;  ///< "best" and "best_bound"
  std::vector<std::string> chosen;  ///< of each fold of the first repetition
  std::optional<DataSums> sums;     ///< over the rows of z
  std::optional<LdaFits> lda = {};  ///< of the first repetition; empty without lda among the probes
};

/// Cross-fits the probes among `options.estimators` on `options.repeats` sets of folds. The choice is made for each
/// repetition by its own inner readings; what the rows contribute is then averaged over the repetitions: a mean, not a
/// median, because chain rules and clustered errors stay exact. Beside other estimators a probe that refuses the input
/// is left out with a word in the details; throws std::invalid_argument with its reason if no probe is left.
ProbeLadder measure_probes(const ScaledRows& z, const Labels& labels, const Design& design,
                           const MeasureOptions& options);

}  // namespace equinfo
