// Speed of the neighbour counts against the bare float32 product Z·Zᵀ (blocked, output discarded), in one run with runs
// interleaved, medians printed: bench_knn [N] [THREADS] [D ENGINE]…    ENGINE: auto, product, avx2, avx512
// Data as in the recipe users have today: 40 cells of standard normal rows, shifted by 2 in one coordinate each.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "compute/blas.h"
#include "compute/parallel.h"
#include "core/random.h"
#include "neighbors/shared_radius.h"

using namespace equinfo;

namespace {

constexpr std::int32_t kClasses = 10, kTransforms = 4;
constexpr int kRuns = 3;

struct Data {
  Matrix<float> z;
  std::vector<std::int32_t> y, t;
};

Data drawn(std::int64_t rows, std::int64_t cols) {
  RandomStream stream(0, "bench");
  Data data{Matrix<float>(rows, cols), {}, {}};
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto cell = static_cast<std::int32_t>(stream.below(kClasses * kTransforms));
    data.y.push_back(cell / kTransforms);
    data.t.push_back(cell % kTransforms);
    for (float& x : data.z.row(i)) x = static_cast<float>(stream.normal());
    data.z(i, cell % cols) += 2;
  }
  return data;
}

rusage usage() {
  rusage now;
  getrusage(RUSAGE_SELF, &now);
  return now;
}

/// Processor time of all threads.
double cpu_seconds() {
  const rusage now = usage();
  return static_cast<double>(now.ru_utime.tv_sec + now.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(now.ru_utime.tv_usec + now.ru_stime.tv_usec);
}

/// Medians over the runs. Processor time says more than wall time on a machine that is not idle.
struct Seconds {
  std::vector<double> wall, cpu;

  template <class Work>
  void add(const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu_start = cpu_seconds();
    work();
    wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    cpu.push_back(cpu_seconds() - cpu_start);
  }
};

void bare_product(const Matrix<float>& z, int threads) {
  constexpr std::int64_t kRows = 500, kCols = 1000;
  parallel_for((z.rows() + kRows - 1) / kRows, threads, [&](std::int64_t b) {
    const auto block = z.view().middle_rows(b * kRows, std::min(kRows, z.rows() - b * kRows));
    Matrix<float> out(block.rows(), kCols);
    for (std::int64_t j = 0; j < z.rows(); j += kCols) {
      const auto other = z.view().middle_rows(j, std::min(kCols, z.rows() - j));
      multiply(1.0F, block, Transpose::kNo, other, Transpose::kYes, 0.0F,
               MatrixView<float>(out.data(), block.rows(), other.rows()));
    }
  });
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

void compare(std::int64_t rows, std::int64_t cols, int threads, const std::string& engine) {
  const Data data = drawn(rows, cols);
  const NeighborProblem problem{data.z, data.y, data.t, kClasses, kTransforms};
  Seconds product, counts;
  double near = 0;
  for (int run = 0; run < kRuns; ++run) {
    product.add([&] { bare_product(data.z, threads); });
    counts.add([&] {
      const auto found = shared_radius(problem, {.threads = threads, .engine = neighbor_engine_named(engine)});
      near = 0;
      for (const LabelCounts& c : found.counts) near += c.all;
    });
  }
  std::printf("N=%ld d=%ld %s, %d threads: ", static_cast<long>(rows), static_cast<long>(cols), engine.c_str(),
              resolve_threads(threads));
  std::printf("wall %.2f s = %.2f x product; processor %.2f s = %.2f x product; ", median(counts.wall),
              median(counts.wall) / median(product.wall), median(counts.cpu), median(counts.cpu) / median(product.cpu));
  std::printf("%.0f rows within the radius; peak memory so far %.0f MB\n", near / static_cast<double>(rows),
              static_cast<double>(usage().ru_maxrss) / 1024);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t rows = argc > 1 ? std::stol(argv[1]) : 40000;
  const int threads = argc > 2 ? std::stoi(argv[2]) : 0;
  if (argc <= 3) {
    compare(rows, 16, threads, "auto");
    compare(rows, 512, threads, "auto");
  }
  for (int a = 3; a + 1 < argc; a += 2) compare(rows, std::stol(argv[a]), threads, argv[a + 1]);
}
