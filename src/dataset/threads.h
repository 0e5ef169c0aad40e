#pragma once

#include <cstdint>
#include <functional>

namespace equinfo {

/// Calls `work(i)` once for every i in [0, count) on `threads` threads (0 = one for each core), in no promised order.
/// Of several failures the one of the smallest i is rethrown, so that the message does not depend on chance.
void for_each_index(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work);

}  // namespace equinfo
