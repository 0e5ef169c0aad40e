#include "dataset/threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace equinfo {

void for_each_index(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work) {
  const int wanted = threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::atomic<std::int64_t> next{0};
  std::exception_ptr failure;
  std::int64_t first_failed = std::numeric_limits<std::int64_t>::max();
  std::mutex failure_mutex;
  const auto run = [&] {
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        // Indices are handed out in order, so every smaller one is already being worked on.
        const std::lock_guard lock(failure_mutex);
        if (i < first_failed) {
          first_failed = i;
          failure = std::current_exception();
        }
        next = count;
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::int64_t t = 1; t < std::min<std::int64_t>(wanted, count); ++t) others.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace equinfo
