#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.h"
#include "estimators/gate.h"

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

std::vector<std::int64_t> first_rows(std::int64_t rows) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(rows));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return indices;
}

double log_sum(const std::vector<double>& logs) {
  const double top = *std::ranges::max_element(logs);
  double sum = 0.0;
  for (const double value : logs) sum += std::exp(value - top);
  return top + std::log(sum);
}

/// One row by the formulas of the README, in float64.
struct GatedRow {
  double z_y, z_t, z_yt, loss, slope_c;
};
GatedRow gated_row(std::span<const float> scores, const Labels& labels, const LogPriors& priors, std::int64_t row,
                   const std::array<double, 3>& gate) {
  const auto cells = static_cast<std::size_t>(labels.cells()), transforms = priors.t.size();
  const auto marginals = [&](const std::vector<double>& logs) {
    std::vector<double> sums;
    for (std::size_t k = 0; k < priors.y.size() + transforms; ++k) {
      std::vector<double> part;
      for (std::size_t c = 0; c < cells; ++c) {
        const bool own = k < priors.y.size() ? c / transforms == k : c % transforms == k - priors.y.size();
        if (own && std::isfinite(priors.cell[c])) part.push_back(logs[c]);
      }
      sums.push_back(log_sum(part));
    }
    return sums;
  };
  std::vector<double> logs(cells), of_c(cells), u(cells, -1e300);
  for (std::size_t c = 0; c < cells; ++c) logs[c] = std::isfinite(priors.cell[c]) ? scores[c] : -1e300;
  const double norm = log_sum(logs);
  for (double& value : logs) value -= norm;
  const std::vector<double> q = marginals(logs);
  for (std::size_t c = 0; c < cells; ++c) {
    if (!std::isfinite(priors.cell[c])) continue;
    const std::size_t y = c / transforms, t = c % transforms;
    const double a = q[y] - priors.y[y], b = q[priors.y.size() + t] - priors.t[t];
    of_c[c] = logs[c] - priors.cell[c] - a - b;
    u[c] = priors.cell[c] + gate[0] * a + gate[1] * b + gate[2] * of_c[c];
  }
  const double gated_norm = log_sum(u);
  const std::vector<double> gated = marginals(u);
  const auto i = static_cast<std::size_t>(row), own = static_cast<std::size_t>(labels.cell(row));
  const auto y = static_cast<std::size_t>(labels.y[i]), t = static_cast<std::size_t>(labels.t[i]);
  double mean_c = 0.0;
  for (std::size_t c = 0; c < cells; ++c) mean_c += std::exp(u[c] - gated_norm) * of_c[c];
  return {gated[y] - gated_norm - priors.y[y], gated[priors.y.size() + t] - gated_norm - priors.t[t],
          u[own] - gated_norm - priors.cell[own], gated_norm - u[own], mean_c - of_c[own]};
}

}  // namespace

TEST_CASE("evidence, gated posteriors and losses agree with the definition in float64, whatever rows share a vector") {
  const std::array<double, 3> gate{0.5, 1.0, 1.25};
  for (const std::int64_t rows : {1, 15, 16, 37}) {
    const Labels labels = dependent_labels(60);
    const LogPriors priors = log_priors(labels);
    const Labels some = select_rows(labels, first_rows(rows));
    // Spread 40: some classes' weights are too small for float32 beside the largest.
    for (const double spread : {2.0, 40.0}) {
      const Matrix<float> scores = random_scores(rows, labels.cells(), spread);
      const Evidence evidence(scores, some, priors);
      const RowInformation information = evidence.information(gate);
      const auto loss = evidence.loss(gate);
      Matrix<float> columns(labels.cells(), rows);
      double expected_loss = 0.0, gradient = 0.0;
      for (std::int64_t i = 0; i < rows; ++i) {
        const GatedRow truth = gated_row(scores.row(i), some, priors, i, gate);
        // Values of up to 200 (spread 40) in float32.
        const double tolerance = 2e-6 * spread;
        CHECK(std::abs(information.z_y[static_cast<std::size_t>(i)] - truth.z_y) < tolerance);
        CHECK(std::abs(information.z_t[static_cast<std::size_t>(i)] - truth.z_t) < tolerance);
        CHECK(std::abs(information.z_yt[static_cast<std::size_t>(i)] - truth.z_yt) < tolerance);
        expected_loss += truth.loss;
        gradient += truth.slope_c;
        for (std::int32_t c = 0; c < labels.cells(); ++c) columns(c, i) = scores(i, c);
      }
      CHECK(std::abs(loss.value - expected_loss) < 2e-6 * spread * static_cast<double>(rows));
      CHECK(std::abs(loss.gradient[2] - gradient) < 2e-6 * spread * static_cast<double>(rows));
      const Evidence by_columns = Evidence::of_columns(columns, some.y, some.t, priors);
      CHECK(by_columns.information(gate).z_yt == information.z_yt);
      CHECK(by_columns.loss(gate).value == loss.value);
    }
  }
}

TEST_CASE("a gate of (1, 1, 1) gives the posterior back, dependent labels or not") {
  constexpr std::int64_t kRows = 60;
  const Labels labels = dependent_labels(kRows);
  const LogPriors priors = log_priors(labels);
  const Matrix<float> scores = random_scores(kRows, labels.cells(), 2.0);
  const Evidence evidence(scores, labels, priors);
  const RowInformation information = evidence.information({1.0, 1.0, 1.0});
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
  const Evidence evidence(random_scores(60, labels.cells(), 2.0), labels, priors);
  const RowInformation information = evidence.information({0.0, 0.0, 0.0});
  for (std::size_t i = 0; i < 60; ++i) {
    CHECK(std::abs(information.z_y[i]) < 1e-6);
    CHECK(std::abs(information.z_t[i]) < 1e-6);
    CHECK(std::abs(information.z_yt[i]) < 1e-6);
  }
}

TEST_CASE("the gate's gradient and Hessian are the loss's derivatives") {
  const Labels labels = dependent_labels(90);
  const LogPriors priors = log_priors(labels);
  const Evidence evidence(random_scores(90, labels.cells(), 1.0), labels, priors);
  const std::array<double, 3> gate{0.4, 0.7, 0.9};
  const auto loss = evidence.loss(gate);
  // Central differences of float32 losses: step 1e-2 leaves about 1e-3 of error in 90 rows.
  for (std::size_t i = 0; i < 3; ++i) {
    auto up = gate, down = gate;
    up[i] += 1e-2;
    down[i] -= 1e-2;
    const auto above = evidence.loss(up), below = evidence.loss(down);
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
  const Evidence noise(random_scores(kRows, labels.cells(), 2.0), labels, priors);
  const auto gate = fit_gate(noise);
  for (const double g : gate) CHECK((g >= 0.0 && g < 0.05));  // se of a coefficient: about 1/√(3000 · 4) = .009
  // Scores that know the cell but shout too softly: the gate opens to its limit.
  Matrix<float> timid = random_scores(kRows, labels.cells(), 0.1);
  for (std::int64_t i = 0; i < kRows; ++i) timid(i, labels.cell(i)) += 1.0F;
  const Evidence known(timid, labels, priors);
  const auto open = fit_gate(known);
  CHECK(open[0] == 1.5);
  const auto again = fit_gate(known, {0.0, 0.0, 0.0});
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(open[i] - again[i]) < 1e-3);
}
