#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

/// Threads that work at the same time. They are OpenMP's, and so LibTorch's own: no more run than LibTorch was told to
/// use, and what LibTorch does within such work keeps to the thread it is called on.
namespace equinfo {

/// How many threads the calling one may use: what at::set_num_threads said, or 1 within such work.
int threads_at_hand();

/// Calls `work(first, last)` for parts of [0, count) that cover it, one a thread, each of at least `least`. Results are
/// the same for any number of threads as long as each number has places of its own. The first exception is rethrown.
void spread_over_threads(std::int64_t count, std::int64_t least,
                         const std::function<void(std::int64_t, std::int64_t)>& work);

/// Calls `work(0)` … `work(members − 1)`, each on a thread of its own, so that they may wait for each other; `work`
/// must not throw. Throws std::runtime_error if OpenMP has fewer threads to give.
void run_together(int members, const std::function<void(int)>& work);

/// Where members of such work wait for each other, any number of times.
class Rendezvous {
 public:
  explicit Rendezvous(int members) : members_(members) {}
  /// Returns when all members are here. Throws Abandoned, now and from now on, if one will not come.
  void wait();
  /// Says that the calling member will not come again.
  void abandon() noexcept;
  /// Forgets that; nobody may be waiting.
  void renew();

  struct Abandoned {};

 private:
  int members_;
  std::atomic<int> here_{0};
  std::atomic<std::uint32_t> round_{0};
  std::atomic<bool> abandoned_{false};
};

}  // namespace equinfo
