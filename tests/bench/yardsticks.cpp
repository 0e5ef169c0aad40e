#include "bench/yardsticks.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "compute/blas.h"
#include "compute/parallel.h"
#include "compute/vectorised.h"

namespace equinfo::bench {
namespace {

constexpr std::size_t kLanes = 16;
constexpr int kSums = 16;  // enough to hide the latency of a multiply-add
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));

EQUINFO_VECTORISED float register_loop(std::int64_t rounds, float x) {
  const Floats factor = Floats{} + x;
  Floats sums[kSums];
  for (int s = 0; s < kSums; ++s) sums[s] = Floats{} + static_cast<float>(s);  // no two alike, or one would do for both
  for (std::int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (int s = 0; s < kSums; ++s) sums[s] = factor * sums[s] + factor;
  }
  Floats total{};
  for (const Floats& sum : sums) total += sum;
  return total[0];
}

}  // namespace

Seconds now() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return {std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(),
          seconds(usage.ru_utime) + seconds(usage.ru_stime)};
}

Seconds operator-(const Seconds& end, const Seconds& start) {
  return {end.wall - start.wall, end.processor - start.processor};
}

void bare_product(MatrixView<const float> z, int threads) {
  constexpr std::int64_t kRows = 500, kCols = 1000;
  parallel_for((z.rows() + kRows - 1) / kRows, threads, [&](std::int64_t b) {
    const auto block = z.middle_rows(b * kRows, std::min(kRows, z.rows() - b * kRows));
    Matrix<float> out(block.rows(), kCols);
    for (std::int64_t j = 0; j < z.rows(); j += kCols) {
      const auto other = z.middle_rows(j, std::min(kCols, z.rows() - j));
      multiply(1.0F, block, Transpose::kNo, other, Transpose::kYes, 0.0F,
               MatrixView<float>(out.data(), block.rows(), other.rows()));
    }
  });
}

void multiply_adds_in_registers(double count, int threads) {
  const int workers = resolve_threads(threads);
  const auto rounds = static_cast<std::int64_t>(count / static_cast<double>(kSums * kLanes) / workers);
  parallel_for(workers, workers, [&](std::int64_t) {
    volatile float result = register_loop(rounds, 0.5F);
    static_cast<void>(result);
  });
}

}  // namespace equinfo::bench
