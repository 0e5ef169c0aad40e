// Threads that work at the same time and wait for each other.

#include <omp.h>
#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <vector>

#include "compute/together.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// So many threads, as long as it lives.
class Threads {
 public:
  explicit Threads(int number) : before_(omp_get_max_threads()) { omp_set_num_threads(number); }
  ~Threads() { omp_set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

}  // namespace

TEST_CASE("spread work covers every number once, in parts no smaller than asked for") {
  const Threads threads(3);
  CHECK(threads_at_hand() == 3);
  for (const std::int64_t count : {0, 1, 7, 100}) {
    std::vector<std::atomic<int>> times(static_cast<std::size_t>(count));
    std::atomic<std::int64_t> least{count}, parts{0};
    spread_over_threads(count, 4, [&](std::int64_t first, std::int64_t last) {
      for (auto i = first; i < last; ++i) ++times[static_cast<std::size_t>(i)];
      ++parts;
      least = std::min(least.load(), last - first);
      CHECK(threads_at_hand() == (count == 100 ? 1 : 3));
    });
    CHECK(std::all_of(times.begin(), times.end(), [](const auto& n) { return n == 1; }));
    CHECK(parts == (count == 0 ? 0 : count == 100 ? 3 : 1));
    CHECK(least >= std::min<std::int64_t>(count, 4));
  }
  CHECK_THROWS_WITH_AS(spread_over_threads(8, 1,
                                           [](std::int64_t first, std::int64_t) {
                                             if (first > 0) throw std::domain_error("a part");
                                           }),
                       "a part", std::domain_error);
}

TEST_CASE("members that meet again and again see what the others did before") {
  const Threads threads(4);
  constexpr int kMembers = 3, kRounds = 2000;
  Rendezvous meeting(kMembers);
  std::vector<int> number(kMembers, 0);
  std::atomic<int> wrong{0};
  run_together(kMembers, [&](int member) {
    for (int round = 1; round <= kRounds; ++round) {
      number[static_cast<std::size_t>(member)] = round;
      meeting.wait();
      wrong += static_cast<int>(std::count_if(number.begin(), number.end(), [&](int n) { return n != round; }));
      meeting.wait();
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("nobody waits for a member that will not come") {
  const Threads threads(3);
  Rendezvous meeting(3);
  std::atomic<int> abandoned{0};
  const auto work = [&](int member) {
    if (member == 1) return meeting.abandon();
    try {
      meeting.wait();
    } catch (const Rendezvous::Abandoned&) {
      ++abandoned;
    }
  };
  run_together(3, work);
  CHECK(abandoned == 2);
  CHECK_THROWS_AS(meeting.wait(), Rendezvous::Abandoned);
  meeting.renew();
  std::atomic<int> met{0};
  run_together(3, [&](int) { meeting.wait(), ++met; });
  CHECK(met == 3);
}

TEST_CASE("more members than threads are refused, and none begins") {
  const Threads threads(2);
  std::atomic<int> begun{0};
  CHECK_THROWS_WITH_AS(run_together(3, [&](int) { ++begun; }),
                       "3 threads were asked for, but OpenMP gives 2: see OMP_THREAD_LIMIT and OMP_DYNAMIC in the "
                       "environment",
                       std::runtime_error);
  CHECK(begun == 0);
}
