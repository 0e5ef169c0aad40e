#pragma once

#include <string>
#include <vector>

#include "synergy/panel.h"

namespace equinfo {

/// GREEN: the estimates agree and every identity holds. AMBER: kNN reads less than the probe, normal in many
/// dimensions; or something else to know. RED: do not print these numbers: kNN reads more than the probe's interval
/// allows (the probe underfits), or an identity fails.
enum class VerdictLevel { kGreen, kAmber, kRed };

struct Verdict {
  VerdictLevel level = VerdictLevel::kGreen;
  std::vector<std::string> reasons;  ///< what was found and what to do next, the gravest first
};

/// Compares the headline panel with the k-nearest-neighbour panel (may be null) and checks the identities. Two
/// estimates agree when they differ by at most 0.05 nats (synergy: max(0.02, 0.25 S)) and two standard errors: those of
/// `paired_gaps`, what kNN reads more on the same rows, else (null) both estimates' own as if they were independent. A
/// larger conditional information or synergy by neighbours that miss some of I(Z;Y), I(Z;T) or I(Z;Y,T) is no
/// contradiction: they overstate it then. Neighbours above the probe are RED where the two intervals do not meet, else
/// AMBER. Adds the flags "knn_above_probe" and "knn_below_probe" to the headline's estimates.
Verdict judge(Panel& headline, const Panel* knn, const PanelMeans* paired_gaps, const Labels& labels,
              const Design& design);

/// Adds a reason, the gravest first. What a GREEN verdict said makes room for it.
void raise(Verdict& verdict, VerdictLevel level, std::string reason);

std::string_view name_of(VerdictLevel level);

}  // namespace equinfo
