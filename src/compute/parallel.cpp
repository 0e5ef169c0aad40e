#include "compute/parallel.h"

#include <sched.h>
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace equinfo {

namespace {

thread_local int depth = 0;

}  // namespace

bool inside_parallel_for() { return depth > 0; }

int resolve_threads(int requested) {
  if (requested > 0) return requested;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return CPU_COUNT(&allowed);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work) {
  const auto workers = static_cast<int>(std::min<std::int64_t>(resolve_threads(threads), count));
  std::atomic<std::int64_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto run = [&] {
    ++depth;
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
    --depth;
  };
  {
    std::vector<std::jthread> others;
    for (int w = 1; w < workers; ++w) others.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

void parallel_for_blocks(std::int64_t count, int threads, const std::function<void(std::int64_t, std::int64_t)>& work) {
  constexpr std::int64_t kBlock = 4096;
  parallel_for((count + kBlock - 1) / kBlock, threads,
               [&](std::int64_t block) { work(block * kBlock, std::min((block + 1) * kBlock, count)); });
}

}  // namespace equinfo
