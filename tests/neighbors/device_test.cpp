// Neighbours on a device: what the emulated one tells that results alone do not, the compiler, and a real one.

#include <algorithm>
#include <string>

#include "compute/cuda_device.h"
#include "core/random.h"
#include "neighbors/device_program.h"
#include "neighbors/emulated_counter.h"
#include "neighbors/shared_radius.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

struct Data {
  Matrix<float> z;
  std::vector<std::int32_t> y, t;
  NeighborProblem problem() const { return {z, y, t, 3, 2}; }
};

Data drawn(std::int64_t rows, std::int64_t cols, double grid) {
  RandomStream stream(3, "device test");
  Data data{Matrix<float>(rows, cols), {}, {}};
  for (std::int64_t i = 0; i < rows; ++i) {
    data.y.push_back(static_cast<std::int32_t>(stream.below(3)));
    data.t.push_back(static_cast<std::int32_t>(stream.below(2)));
    for (float& x : data.z.row(i)) {
      const double value = stream.normal();
      x = static_cast<float>(grid > 0 ? std::round(value / grid) * grid : value);
    }
  }
  return data;
}

void check_equal(const SharedRadius& found, const SharedRadius& truth) {
  CHECK(found.squared_radius == truth.squared_radius);
  CHECK(found.counts == truth.counts);
}

}  // namespace

TEST_CASE("device: counted and searched in parts, pairs left open listed where there is room for them") {
  const Data data = drawn(700, 2, 2);
  const NeighborOptions here{.k = 3, .threads = 2};
  EmulatedCounter emulated(EmulatedDevice::Order::kForwards);
  // 6 tiles of rows, 21 pairs of them: in one call, and in more than one.
  const DeviceUse at_once{emulated, 1000}, in_parts{emulated, 10, device::kTile * device::kTile, 1};
  NeighborOptions there{.k = 3, .threads = 2, .engine = NeighborEngine::kCuda, .device = &at_once};
  check_equal(shared_radius(data.problem(), there), shared_radius(data.problem(), here));
  CHECK(emulated.calls("count_pairs") == 1);
  CHECK(emulated.calls("search_radii") == 1);
  there.device = &in_parts;
  check_equal(shared_radius(data.problem(), there), shared_radius(data.problem(), here));
  CHECK(emulated.calls("search_radii") == 1 + 6);
  // On the grid so many pairs tie that 10 tiles have more open ones than there is room for: listed again by halves.
  CHECK(emulated.calls("count_pairs") > 1 + 3);
}

TEST_CASE("device: rows with too many candidates are searched for on the processor") {
  const Data data = drawn(2400, 1, 8);  // all of a cell at the same place
  EmulatedCounter emulated(EmulatedDevice::Order::kBackwards);
  const DeviceUse use{emulated};
  check_equal(shared_radius(data.problem(), {.k = 2, .threads = 2, .engine = NeighborEngine::kCuda, .device = &use}),
              shared_radius(data.problem(), {.k = 2, .threads = 2}));
}

TEST_CASE("device: one that counts wrongly is found out") {
  const Data data = drawn(300, 4, 0);
  EmulatedCounter emulated(EmulatedDevice::Order::kForwards);
  emulated.break_counts();
  const DeviceUse use{emulated};
  CHECK_THROWS_WITH_AS(shared_radius(data.problem(), {.k = 2, .engine = NeighborEngine::kCuda, .device = &use}),
                       "emulated device: counts other neighbours than the processor; please report this",
                       AcceleratorError);
}

TEST_CASE("device: without one the engine is refused with the reason") {
  const std::string absence = cuda_absence();
  if (absence.empty()) return;
  CHECK(!engine_available(NeighborEngine::kCuda));
  const Data data = drawn(50, 2, 0);
  CHECK_THROWS_WITH_AS(shared_radius(data.problem(), {.k = 1, .engine = NeighborEngine::kCuda}),
                       ("cuda: " + absence).c_str(), AcceleratorError);
}

TEST_CASE("device: the kernels compile for a Hopper card and an older one") {
  if (!cuda_compiler_found()) {
    MESSAGE("skipped: there is no libnvrtc.so");
    return;
  }
  for (const int capability : {75, 90})
    CHECK(compile_cuda(neighbor_kernels(), capability)
              .starts_with("\x7f"
                           "ELF"));
}

TEST_CASE("device: what does not compile is told in the compiler's words") {
  if (!cuda_compiler_found()) {
    MESSAGE("skipped: there is no libnvrtc.so");
    return;
  }
  CHECK_THROWS_WITH_AS(compile_cuda({"__global__ void k() { undeclared = 1; }", {}}, 90),
                       doctest::Contains("undeclared"), AcceleratorError);
}

TEST_CASE("device: a CUDA device counts what the processor counts") {
  if (const std::string absence = cuda_absence(); !absence.empty()) {
    MESSAGE("skipped: " << absence);
    return;
  }
  for (const std::int64_t cols : {1, 16, 100}) {
    for (const double grid : {0.0, 0.5}) {
      CAPTURE(cols);
      CAPTURE(grid);
      const Data data = drawn(3000, cols, grid);
      check_equal(shared_radius(data.problem(), {.k = 5, .engine = NeighborEngine::kCuda}),
                  shared_radius(data.problem(), {.k = 5}));
    }
  }
}
