#pragma once

#include <cstdint>
#include <vector>

#include "audit/audit.h"
#include "audit/drawn_rows.h"

namespace equinfo {

/// The rows that leave T most open by their evidence `stack` [N, transforms]: the `count` images whose least readable
/// row has the greatest entropy of q(t | x), each by that row, the most open first.
std::vector<AmbiguousRow> most_ambiguous(const TransformEvidence& stack, const TransformedRows& data,
                                         std::int64_t count);

}  // namespace equinfo
