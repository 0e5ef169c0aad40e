#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"

namespace equinfo {

/// The rows of `chosen` sources drawn without replacement, ascending. `source` [N] in {0, …, sources − 1}. Never draw
/// with replacement for neighbours: duplicates have distance zero. Throws std::invalid_argument unless 1 ≤ chosen <
/// sources. O(N).
std::vector<std::int64_t> subsample_rows(std::span<const std::int32_t> source, std::int64_t sources,
                                         std::int64_t chosen, RandomStream& stream);

/// The standard error on all sources that readings of subsamples of m among G tell (Politis, Romano & Wolf 1999, for
/// errors that fall with √m, with the correction for a finite number of sources): the root of
/// Var(readings) · (m/G)/(1 − m/G), Var with R − 1 below. Throws std::invalid_argument for fewer than two readings or
/// m outside 1 … G − 1.
double subsampled_error(std::span<const double> readings, std::int64_t chosen, std::int64_t sources);

}  // namespace equinfo
