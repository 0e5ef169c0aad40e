#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.h"
#include "estimators/gate.h"
#include "estimators/gated_row.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Dependent labels: 3 classes × 2 transformations, one cell empty.
Labels dependent_labels(std::int64_t rows) {
  std::vector<std::int64_t> y, t;
  for (std::int64_t i = 0; i < rows; ++i) {
    y.push_back(i % 3);
    t.push_back(i % 3 == 2 ? 0 : (i % 5 < 2 ? 0 : 1));
  }
  return code_labels(y, t, std::nullopt);
}

Matrix<float> random_scores(std::int64_t rows, std::int64_t cells, double spread) {
  RandomStream stream(5, "scores");
  Matrix<float> scores(rows, cells);
  for (std::int64_t k = 0; k < rows * cells; ++k) scores.data()[k] = static_cast<float>(spread * stream.normal());
  return scores;
}

RowInformation zeros(std::int64_t rows) {
  const std::vector<double> zero(static_cast<std::size_t>(rows), 0.0);
  return {zero, zero, zero};
}

std::vector<std::int64_t> all_rows(std::int64_t rows) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(rows));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return indices;
}

}  // namespace

TEST_CASE("kernels: gated weights and moments agree with the definition in float64, padding counts for nothing") {
  constexpr std::size_t kCells = 21;
  const std::size_t length = padded_to_lanes(kCells);
  CHECK(length == 32);
  RandomStream stream(1, "kernel");
  std::vector<float> prior(length, kLogZero), a(length), b(length), c(length), weight(length);
  for (std::size_t i = 0; i < kCells; ++i) {
    prior[i] = static_cast<float>(stream.normal()) - 3.0F;
    a[i] = static_cast<float>(4 * stream.normal());
    b[i] = static_cast<float>(4 * stream.normal());
    c[i] = static_cast<float>(4 * stream.normal());
  }
  const RowFeatures row{prior.data(), a.data(), b.data(), c.data(), length};
  const RowNorm norm = gated_weights(row, {0.5F, 1.0F, 1.25F}, weight.data());
  const RowMoments moments = weighted_moments(row, weight.data());
  double largest = -1e300, sum = 0, first = 0, second = 0;
  std::vector<double> u(kCells);
  for (std::size_t i = 0; i < kCells; ++i) {
    u[i] = prior[i] + 0.5 * a[i] + 1.0 * b[i] + 1.25 * c[i];
    largest = std::max(largest, u[i]);
  }
  for (std::size_t i = 0; i < kCells; ++i) {
    const double w = std::exp(u[i] - largest);
    // float32 rounding of u (|u| < 50) moves a weight by at most about 50 · 2⁻²³.
    CHECK(std::abs(weight[i] - w) < 1e-5);
    sum += w;
    first += w * b[i];
    second += w * c[i] * a[i];
  }
  for (std::size_t i = kCells; i < length; ++i) CHECK(weight[i] == 0.0F);
  CHECK(std::abs(norm.largest - largest) < 1e-5);
  CHECK(std::abs(norm.sum - sum) < 1e-4);
  CHECK(std::abs(moments.first[1] - first) < 1e-3);
  CHECK(std::abs(moments.second[3] - second) < 1e-2);
}

TEST_CASE("a gate of (1, 1, 1) gives the posterior back, dependent labels or not") {
  constexpr std::int64_t kRows = 60;
  const Labels labels = dependent_labels(kRows);
  const LogPriors priors = log_priors(labels);
  const Matrix<float> scores = random_scores(kRows, labels.cells(), 2.0);
  const Evidence evidence(scores, labels, priors, 1);
  RowInformation information = zeros(kRows);
  evidence.information(all_rows(kRows), {1.0, 1.0, 1.0}, information);
  for (std::int64_t i = 0; i < kRows; ++i) {
    const auto r = static_cast<std::size_t>(i);
    double total = 0, of_class = 0, of_transform = 0;
    for (std::int32_t c = 0; c < labels.cells(); ++c) {
      if (!std::isfinite(priors.cell[static_cast<std::size_t>(c)])) continue;
      const double w = std::exp(static_cast<double>(scores(i, c)));
      total += w;
      if (c / labels.transforms == labels.y[r]) of_class += w;
      if (c % labels.transforms == labels.t[r]) of_transform += w;
    }
    const double cell = std::exp(static_cast<double>(scores(i, labels.cell(i))));
    const auto y = static_cast<std::size_t>(labels.y[r]), t = static_cast<std::size_t>(labels.t[r]);
    // Evidence is kept in float32: 1e-5 of values of size 10.
    CHECK(std::abs(information.z_y[r] - (std::log(of_class / total) - priors.y[y])) < 1e-5);
    CHECK(std::abs(information.z_t[r] - (std::log(of_transform / total) - priors.t[t])) < 1e-5);
    const auto own = static_cast<std::size_t>(labels.cell(i));
    CHECK(std::abs(information.z_yt[r] - (std::log(cell / total) - priors.cell[own])) < 1e-5);
  }
}

TEST_CASE("a gate of (0, 0, 0) knows nothing: every information is zero") {
  const Labels labels = dependent_labels(60);
  const LogPriors priors = log_priors(labels);
  const Evidence evidence(random_scores(60, labels.cells(), 2.0), labels, priors, 1);
  RowInformation information = zeros(60);
  evidence.information(all_rows(60), {0.0, 0.0, 0.0}, information);
  for (std::size_t i = 0; i < 60; ++i) {
    CHECK(std::abs(information.z_y[i]) < 1e-6);
    CHECK(std::abs(information.z_t[i]) < 1e-6);
    CHECK(std::abs(information.z_yt[i]) < 1e-6);
  }
}

TEST_CASE("the gate's gradient and Hessian are the loss's derivatives") {
  const Labels labels = dependent_labels(90);
  const LogPriors priors = log_priors(labels);
  const Evidence evidence(random_scores(90, labels.cells(), 1.0), labels, priors, 1);
  const auto rows = all_rows(90);
  const std::array<double, 3> gate{0.4, 0.7, 0.9};
  const auto loss = evidence.loss(rows, gate);
  // Central differences of float32 losses: step 1e-2 leaves about 1e-3 of error in 90 rows.
  for (std::size_t i = 0; i < 3; ++i) {
    auto up = gate, down = gate;
    up[i] += 1e-2;
    down[i] -= 1e-2;
    const auto above = evidence.loss(rows, up), below = evidence.loss(rows, down);
    CHECK(std::abs((above.value - below.value) / 2e-2 - loss.gradient[i]) < 2e-2);
    for (std::size_t j = 0; j < 3; ++j) {
      CHECK(std::abs((above.gradient[j] - below.gradient[j]) / 2e-2 - loss.hessian[i][j]) < 2e-2);
    }
  }
}

TEST_CASE("the fitted gate closes on noise, stays in its box, and does not depend on where it starts") {
  constexpr std::int64_t kRows = 3000;
  const Labels labels = dependent_labels(kRows);
  const LogPriors priors = log_priors(labels);
  const Evidence noise(random_scores(kRows, labels.cells(), 2.0), labels, priors, 1);
  const auto gate = fit_gate(noise, all_rows(kRows), {1.0, 1.0, 1.0}, 1);
  for (const double g : gate) CHECK((g >= 0.0 && g < 0.05));  // se of a coefficient: about 1/√(3000 · 4) = .009
  // Scores that know the cell but shout too softly: the gate opens to its limit.
  Matrix<float> timid = random_scores(kRows, labels.cells(), 0.1);
  for (std::int64_t i = 0; i < kRows; ++i) timid(i, labels.cell(i)) += 1.0F;
  const Evidence known(timid, labels, priors, 1);
  const auto open = fit_gate(known, all_rows(kRows), {1.0, 1.0, 1.0}, 1);
  CHECK(open[0] == 1.5);
  const auto again = fit_gate(known, all_rows(kRows), {0.0, 0.0, 0.0}, 2);
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(open[i] - again[i]) < 1e-3);
}
