#pragma once

#include <vector>

#include "audit/evidence.h"

namespace equinfo {

/// Several probes' evidence put together: q(t | x) ∝ p(t) exp(Σ_m c_m E_m(t)), c ∈ [0, 1.5]^m, the c of a fold fitted
/// on the other folds' rows. Evidence that adds nothing gets 0, so that the stack reads what the best of them reads, or
/// more. All of `parts` are [N, transforms] and cross-fitted on rows.folds. O(N · transforms · parts) a sweep, some ten
/// sweeps a fold; the fit looks at no more than 16,384 rows.
TransformEvidence stacked(const std::vector<const TransformEvidence*>& parts, const AuditRows& rows);

}  // namespace equinfo
