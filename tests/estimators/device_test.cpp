// Logistic regression on a device: what the emulated one computes, the compiler, and a real one.

#include <algorithm>
#include <array>
#include <cmath>

#include "compute/cuda_device.h"
#include "core/random.h"
#include "estimators/cross_fit.h"
#include "estimators/emulated_products.h"
#include "estimators/logistic.h"
#include "estimators/product_program.h"
#include "estimators/row_loss.h"
#include "support/ground_truth.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

struct Problem {
  TrainingRows rows;
  std::int64_t cells;
  std::vector<float> weights;

  Problem(std::int64_t n, std::int64_t d, std::int64_t of_cells) : rows{{}, LargeMatrix(n, d), {}}, cells(of_cells) {
    RandomStream stream(3, "device test");
    for (std::int64_t i = 0; i < n; ++i) {
      for (float& x : rows.x.row(i)) x = static_cast<float>(stream.normal());
      rows.row.push_back(i);
      rows.cell.push_back(static_cast<std::int32_t>(stream.below(cells)));
    }
    for (std::int64_t k = 0; k < (d + 1) * cells; ++k) weights.push_back(static_cast<float>(0.3 * stream.normal()));
  }
};

struct Reading {
  double loss;
  std::vector<double> gradient;
};

Reading read(const Problem& problem, const ProbeDevice* device) {
  Reading reading{0.0, std::vector<double>(problem.weights.size())};
  reading.loss = (*row_loss(problem.rows, problem.cells, device))(problem.weights, reading.gradient);
  return reading;
}

/// In float64.
Reading exact(const Problem& problem) {
  const std::int64_t d = problem.rows.x.cols(), cells = problem.cells;
  Reading reading{0.0, std::vector<double>(problem.weights.size())};
  std::vector<double> q(static_cast<std::size_t>(cells));
  for (std::int64_t i = 0; i < problem.rows.x.rows(); ++i) {
    const auto x = [&](std::int64_t j) { return j < d ? static_cast<double>(problem.rows.x.view()(i, j)) : 1.0; };
    double sum = 0.0;
    for (std::int64_t c = 0; c < cells; ++c) {
      double score = 0.0;
      for (std::int64_t j = 0; j <= d; ++j) score += x(j) * problem.weights[static_cast<std::size_t>(j * cells + c)];
      sum += q[static_cast<std::size_t>(c)] = std::exp(score);
    }
    const auto own = static_cast<std::size_t>(problem.rows.cell[static_cast<std::size_t>(i)]);
    reading.loss += std::log(sum / q[own]);
    for (double& p : q) p /= sum;
    q[own] -= 1.0;
    for (std::int64_t j = 0; j <= d; ++j) {
      for (std::int64_t c = 0; c < cells; ++c) {
        reading.gradient[static_cast<std::size_t>(j * cells + c)] += x(j) * q[static_cast<std::size_t>(c)];
      }
    }
  }
  return reading;
}

/// Scores of 100 products of order .3 carry some 1e-6, a row's loss as much; a gradient's entry sums over rows what is
/// below one, and its errors add up at random.
void check_close(const Reading& found, const Reading& truth, const Problem& problem) {
  const auto n = static_cast<double>(problem.rows.x.rows());
  CHECK(std::abs(found.loss - truth.loss) < 1e-6 * n);
  for (std::size_t k = 0; k < truth.gradient.size(); ++k) {
    CAPTURE(k);
    REQUIRE(std::abs(found.gradient[k] - truth.gradient[k]) < 1e-5 * std::sqrt(n));
  }
}

void check_equal(const Reading& a, const Reading& b) {
  CHECK(a.loss == b.loss);
  CHECK(a.gradient == b.gradient);
}

const ProbeKind& logistic() { return *std::ranges::find(probe_kinds(), "logistic", &ProbeKind::name); }

/// The probe on a device of the test's.
ProbeKind logistic_on(const ProbeDevice& device) {
  ProbeKind kind = logistic();
  kind.bind = [&device](ProbeInput input) {
    input.device = &device;
    return bind_logistic(input);
  };
  return kind;
}

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// A fit of the whole probe reads on the device what it reads here.
void check_probe(const ProbeDevice& device) {
  const testing::Sample sample = testing::draw("G05_mac_a2_b1", {400, 1});
  const Labels labels = code_labels(sample.y, sample.t, sample.source);
  const CrossFit here = cross_fit(logistic(), sample.z, labels, {.threads = 1});
  const CrossFit there = cross_fit(logistic_on(device), sample.z, labels, {.threads = 2});
  CHECK(std::abs(mean(here.full.z_yt) - mean(there.full.z_yt)) < 1e-4);
  CHECK(std::abs(mean(here.quarter.z_yt) - mean(there.quarter.z_yt)) < 1e-4);
}

}  // namespace

TEST_CASE("probes on a device: losses and gradients of ragged tiles and parts are those of float64") {
  EmulatedProducts emulated(EmulatedDevice::Order::kForwards), backwards(EmulatedDevice::Order::kBackwards);
  const ProbeDevice device(emulated), reversed(backwards);
  // Fewer rows, columns and cells than a tile has; a few more; exactly as many.
  for (const auto& [n, d, cells] :
       {std::array{3, 1, 2}, std::array{1029, 66, 3}, std::array{70, 5, 67}, std::array{64, 63, 64}}) {
    const Problem problem(n, d, cells);
    const Reading found = read(problem, &device), truth = exact(problem);
    check_close(found, truth, problem);
    check_close(read(problem, nullptr), truth, problem);
    check_equal(found, read(problem, &reversed));
    check_equal(found, read(problem, &device));
  }
}

TEST_CASE("probes on a device: logistic reads there what it reads here") {
  EmulatedProducts emulated(EmulatedDevice::Order::kForwards);
  check_probe(ProbeDevice(emulated));
}

TEST_CASE("probes on a device: one that computes wrongly is found out") {
  EmulatedProducts emulated(EmulatedDevice::Order::kForwards);
  emulated.break_sums();
  CHECK_THROWS_WITH_AS(ProbeDevice{emulated},
                       "emulated device: computes another loss than the processor; please report this",
                       AcceleratorError);
}

TEST_CASE("probes on a device: without one cuda is refused with the reason") {
  CHECK(probe_device(DeviceChoice::kCpu) == nullptr);
  const std::string absence = cuda_absence();
  if (absence.empty()) return;
  CHECK_THROWS_WITH_AS(probe_device(DeviceChoice::kCuda), ("cuda: " + absence).c_str(), AcceleratorError);
}

TEST_CASE("probes on a device: the kernels compile for a Hopper card and an older one") {
  if (!cuda_compiler_found()) {
    MESSAGE("no libnvrtc.so here: skipped");
    return;
  }
  for (const int capability : {75, 90})
    CHECK(compile_cuda(product_kernels(), capability)
              .starts_with("\x7f"
                           "ELF"));
}

TEST_CASE("probes on a device: a CUDA device computes what the processor computes, the same bytes each time") {
  if (!cuda_absence().empty()) {
    MESSAGE("no CUDA device here: skipped");
    return;
  }
  const ProbeDevice& device = cuda_probe_device();
  for (const auto& [n, d, cells] : {std::array{3, 1, 2}, std::array{5000, 66, 3}, std::array{5000, 100, 67}}) {
    const Problem problem(n, d, cells);
    const Reading found = read(problem, &device);
    check_close(found, exact(problem), problem);
    check_equal(found, read(problem, &device));
  }
  check_probe(device);
}
