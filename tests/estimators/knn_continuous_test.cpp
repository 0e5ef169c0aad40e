#include "estimators/knn_continuous.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "estimators/transform_bins.h"
#include "support/ground_truth.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Matrix<double> column(const std::vector<double>& values) {
  Matrix<double> t(static_cast<std::int64_t>(values.size()), 1);
  std::ranges::copy(values, t.data());
  return t;
}

Labels labels_of(const Sample& sample, double period) {
  return code_labels(sample.y, column(sample.t_continuous), std::vector<double>{period}, sample.source);
}

constexpr double kTurn = 2 * std::numbers::pi;

/// Whether every information is as near to the truth as `allowed`.
void check_truth(const RowInformation& found, const GroundTruth& truth, double allowed) {
  const double z_y = mean(found.z_y), z_t = mean(found.z_t), z_yt = mean(found.z_yt);
  CHECK(std::abs(z_y - truth.z_y) < allowed);
  CHECK(std::abs(z_t - truth.z_t) < allowed);
  CHECK(std::abs(z_yt - truth.z_yt) < allowed);
  CHECK(std::abs(z_yt - z_y - z_t - truth.synergy) < allowed);
}

}  // namespace

TEST_CASE("continuous knn by hand: four rows, a circle, one neighbour") {
  // Standard deviation of z: 5.02, so half a turn is 8.7. The first row's only class mate: d_Z = 1, d_T = 8.7 = r.
  // d_Z < r: row 1, n_z = 2, n_zy = 2. d_T < r: row 2, n_t = 2; in the class none, n_ty = 1; both: none, n_zt = 1.
  Matrix<float> z(4, 1);
  std::ranges::copy(std::vector<float>{0, 1, 10, 11}, z.data());
  const Labels labels = code_labels(std::vector<std::int64_t>{3, 3, 5, 5}, column({0, 0.5, 1, -0.5}),
                                    std::vector<double>{1}, std::nullopt);
  const RowInformation rows = continuous_knn_information(z, labels, {.k = 1});
  const double psi_4_minus_2 = 1.0 / 2 + 1.0 / 3;
  CHECK(std::abs(rows.z_y[0] - psi_4_minus_2) < 1e-12);
  CHECK(std::abs(rows.z_t[0] - (psi_4_minus_2 - 1)) < 1e-12);
  CHECK(std::abs(rows.z_yt[0] - psi_4_minus_2) < 1e-12);
}

TEST_CASE("continuous knn: truths of a linear code, a ring and an arc, by the discrete one's door") {
  // Over 12 seeds at N = 2000 the largest standard deviation of the four was .028 (the arc), with a bias of .030.
  for (const auto& [problem, period] :
       {std::pair{"G12_lin_contT_a2_b1", 0.0}, {"G13a_ring_samer3_offset180", kTurn}, {"G13c_arc_r2.5_120deg", 0.0}}) {
    CAPTURE(problem);
    const Sample sample = draw(problem, {.rows = 2000, .seed = 3});
    check_truth(knn_information(sample.z, labels_of(sample, period), {}), ground_truth(problem), 0.11);
  }
}

TEST_CASE("continuous knn: a monotone map of T changes nothing, nor does turning a circle") {
  const Sample sample = draw("G12_lin_contT_a2_b1", {.rows = 600, .seed = 4});
  Sample mapped = sample;
  for (double& t : mapped.t_continuous) t = std::exp(3 * t);
  CHECK(knn_information(sample.z, labels_of(sample, 0), {}).z_t ==
        knn_information(mapped.z, labels_of(mapped, 0), {}).z_t);
  const Sample ring = draw("G13a_ring_samer3_offset180", {.rows = 600, .seed = 4});
  Sample turned = ring;
  for (double& t : turned.t_continuous) t += 1.0;
  const double here = mean(knn_information(ring.z, labels_of(ring, kTurn), {}).z_t);
  CHECK(std::abs(mean(knn_information(turned.z, labels_of(turned, kTurn), {}).z_t) - here) < 1e-12);
  CHECK(std::abs(mean(knn_information(turned.z, labels_of(turned, 0), {}).z_t) - here) > 1e-3);
}

TEST_CASE("continuous knn: rows of one source are no neighbours, and a null reads nothing") {
  // Rows share .9 of their noise with their source; Y is the source's. Without exclusion I(Z;Y) reads .16.
  SampleOptions options{.rows = 2000, .seed = 5, .rows_per_source = 4};
  options.source_correlation = 0.9;
  Sample sample = draw("G12_lin_contT_a2_b1", options);
  Sample noise = draw("G16_null", options);
  noise.t_continuous = sample.t_continuous;
  noise.y = sample.y;
  const RowInformation rows = knn_information(noise.z, labels_of(noise, 0), {});
  // Over 12 seeds the standard deviation of the three was at most .018.
  CHECK(std::abs(mean(rows.z_y)) < 0.073);
  CHECK(std::abs(mean(rows.z_t)) < 0.073);
  CHECK(std::abs(mean(rows.z_yt)) < 0.073);
}

TEST_CASE("continuous knn: the same bits for one thread and for two") {
  const Sample sample = draw("G13c_arc_r2.5_120deg", {.rows = 500, .seed = 6});
  const Labels labels = labels_of(sample, 0);
  CHECK(knn_information(sample.z, labels, {.threads = 1}).z_yt ==
        knn_information(sample.z, labels, {.threads = 2}).z_yt);
}

TEST_CASE("continuous knn: a class with too few rows is named, and so is a discrete T") {
  const Labels labels = code_labels(std::vector<std::int64_t>{7, 7, 7, 9, 9}, column({0, 1, 2, 3, 4}),
                                    std::vector<double>{0}, std::nullopt);
  CHECK(knn_refusal(labels, 2) == "knn: k = 2 but class 9 has only 1 eligible rows");
  CHECK(knn_refusal(labels, 1).empty());
  const Matrix<float> z(5, 1);
  CHECK_THROWS_WITH_AS(static_cast<void>(knn_information(z, labels, {.k = 2, .dims = 0})),
                       "knn: k = 2 but class 9 has only 1 eligible rows", std::invalid_argument);
  const std::vector<std::int64_t> codes{0, 1, 0, 1, 0};
  CHECK_THROWS_WITH_AS(static_cast<void>(continuous_knn_information(z, code_labels(codes, codes, std::nullopt), {})),
                       "knn: t is discrete, not a continuous parameter", std::invalid_argument);
}
