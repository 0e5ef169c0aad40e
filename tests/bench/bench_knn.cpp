// Speed of the neighbour counts against the bare float32 product Z·Zᵀ (blocked, output discarded), in one run with runs
// interleaved, medians printed: bench_knn [N] [THREADS] [D ENGINE]…    ENGINE: auto, product, avx2, avx512, amx
// Data as in the recipe users have today: 40 cells of standard normal rows, shifted by 2 in one coordinate each.

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/yardsticks.h"
#include "compute/parallel.h"
#include "core/random.h"
#include "neighbors/shared_radius.h"

using namespace equinfo;
using namespace equinfo::bench;

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

double peak_megabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

void compare(std::int64_t rows, std::int64_t cols, int threads, const std::string& engine) {
  const Data data = drawn(rows, cols);
  const NeighborProblem problem{data.z, data.y, data.t, kClasses, kTransforms};
  std::vector<double> product_wall, product_processor, wall, processor;
  double near = 0;
  for (int run = 0; run < kRuns; ++run) {
    const Seconds product = timed([&] { bare_product(data.z, threads); });
    const Seconds counts = timed([&] {
      const auto found = shared_radius(problem, {.threads = threads, .engine = neighbor_engine_named(engine)});
      near = 0;
      for (const LabelCounts& c : found.counts) near += c.all;
    });
    product_wall.push_back(product.wall);
    product_processor.push_back(product.processor);
    wall.push_back(counts.wall);
    processor.push_back(counts.processor);
  }
  std::printf("N=%ld d=%ld %s, %d threads: ", static_cast<long>(rows), static_cast<long>(cols), engine.c_str(),
              resolve_threads(threads));
  std::printf("wall %.2f s = %.2f x product; processor %.2f s = %.2f x product; ", median(wall),
              median(wall) / median(product_wall), median(processor), median(processor) / median(product_processor));
  std::printf("%.0f rows within the radius; peak memory so far %.0f MB\n", near / static_cast<double>(rows),
              peak_megabytes());
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
