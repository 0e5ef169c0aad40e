#include "compute/together.h"

#include <omp.h>
#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>

#include "core/error.h"

namespace equinfo {
namespace {

/// Members arrive within some ten microseconds of each other where nothing disturbs them; to sleep and be woken takes
/// longer.
constexpr auto kPatience = std::chrono::microseconds(50);

/// Waits without sleeping for a while.
template <class Done>
bool happens_soon(const Done& done) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
  }
  return true;
}

}  // namespace

int threads_at_hand() { return omp_in_parallel() ? 1 : omp_get_max_threads(); }

void spread_over_threads(std::int64_t count, std::int64_t least,
                         const std::function<void(std::int64_t, std::int64_t)>& work) {
  const auto most = std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, least));
  if (count <= 0) return;
  if (most == 1 || threads_at_hand() == 1) return work(0, count);
  std::exception_ptr failure;
  std::mutex failure_mutex;
  // Without a number of threads here: OpenMP would end and start threads where it changes from one call to the next.
#pragma omp parallel
  {
    const std::int64_t parts = std::min<std::int64_t>(most, omp_get_num_threads()), part = omp_get_thread_num();
    try {
      if (part < parts) work(count * part / parts, count * (part + 1) / parts);
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void run_together(int members, const std::function<void(int)>& work) {
  int given = 1;
#pragma omp parallel
  {
    const int thread = omp_get_thread_num();
    if (thread == 0) given = omp_get_num_threads();
    // Some of oneDNN's primitives are made for so many threads, and wait for as many.
    omp_set_num_threads(1);  // within this work alone
    if (omp_get_num_threads() >= members && thread < members) work(thread);
  }
  if (given >= members) return;
  throw std::runtime_error(
      fmt::format("{} threads were asked for, but OpenMP gives {}: see OMP_THREAD_LIMIT and "
                  "OMP_DYNAMIC in the environment",
                  members, given));
}

void Rendezvous::wait() {
  const auto round = round_.load();  // before the question whether somebody left, who then changes it
  if (abandoned_) throw Abandoned{};
  if (here_.fetch_add(1) + 1 == members_) {
    here_ = 0;
    ++round_;
    round_.notify_all();
  } else if (!happens_soon([&] { return round_.load() != round; })) {
    round_.wait(round);
  }
  if (abandoned_) throw Abandoned{};
}

void Rendezvous::abandon() noexcept {
  abandoned_ = true;
  ++round_;
  round_.notify_all();
}

void Rendezvous::renew() {
  abandoned_ = false;
  here_ = 0;
}

}  // namespace equinfo
