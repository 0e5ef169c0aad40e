// What the neighbours take in memory, against what is promised of it.

#include <malloc.h>
#include <atomic>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "neighbors/brute_force.h"

#include <doctest/doctest.h>

namespace {

/// Bytes that this program holds by `new`, and the most that it has held since this was set.
std::atomic<std::int64_t> held = 0, most_held = 0;

void* counted(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  const std::int64_t now = held += static_cast<std::int64_t>(malloc_usable_size(block));
  std::int64_t most = most_held;
  while (most < now && !most_held.compare_exchange_weak(most, now)) continue;
  return block;
}

void give_back(void* block) {
  held -= static_cast<std::int64_t>(malloc_usable_size(block));
  std::free(block);
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(std::malloc(bytes)); }
void operator delete(void* block) noexcept { give_back(block); }
void operator delete(void* block, std::size_t) noexcept { give_back(block); }

using namespace equinfo;

TEST_CASE("neighbours take the memory that they say, whatever the engine and the number of threads") {
  constexpr std::int64_t kRows = 16000;
  const std::vector<int> ks{3, 5, 10, 20};
  for (const auto& [cols, threads] : {std::pair(16, 2), std::pair(64, 1)}) {
    const NeighborData data = drawn({.rows = kRows, .cols = cols, .classes = 10, .transforms = 4}, 91);
    for (const NeighborEngine engine : processor_engines()) {
      CAPTURE(cols);
      CAPTURE(name_of(engine));
      const NeighborOptions options{.threads = threads, .engine = engine};
      const std::int64_t before = held;
      most_held = before;
      shared_radii(data.problem(), ks, options);
      const std::int64_t taken = most_held - before, said = shared_radii_memory(kRows, cols, 4, options);
      // What does not grow with the rows, of each thread: a tile of 512 × 512 floats of products, and what is near in a
      // tile, half a MiB here. 1 MiB of these rows is 66 bytes a row.
      const std::int64_t fixed = engine == NeighborEngine::kProduct ? 2 : 1;
      if (engine != NeighborEngine::kAuto)
        CHECK(taken >= said);  // it says what the engines that it may go on with take
      CHECK(taken <= said + threads * (fixed << 20U));
    }
  }
}
