#pragma once

#include <cstdint>
#include <vector>

namespace equinfo {

/// The rows that a limit keeps: as equal a number of each class as the classes allow, in ascending order. Within a
/// class the rows are the first of a random order that depends on (seed, class) alone, so limits are nested.
/// labels [N] in {0, …, classes − 1}; limit 0 or ≥ N keeps all. O(N log N).
std::vector<std::int64_t> balanced_subset(const std::vector<std::int64_t>& labels, std::int64_t classes,
                                          std::int64_t limit, std::uint64_t seed);

}  // namespace equinfo
