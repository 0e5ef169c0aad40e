#pragma once

#include <cstdint>
#include <functional>

namespace equinfo {

/// The number of threads to use for a request: itself if positive, else (0) one for each core this process may use.
int resolve_threads(int requested);

/// Calls `work(i)` once for every i in [0, count), spread over `threads` threads (as resolve_threads reads it), in no
/// promised order. Results are the same for any number of threads as long as each i writes to places of its own: cut
/// work into blocks that depend on the data's size alone, and add partial sums in block order afterwards.
/// The first exception thrown by `work` stops the rest and is rethrown here.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work);

/// The same for blocks of some 4,000 of `count` things: `work(begin, end)`.
void parallel_for_blocks(std::int64_t count, int threads, const std::function<void(std::int64_t, std::int64_t)>& work);

/// Whether the calling thread is at such work: what it does then is one of several parts in no promised order.
bool inside_parallel_for();

}  // namespace equinfo
