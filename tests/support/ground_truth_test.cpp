#include "support/ground_truth.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

struct MeanAndError {
  double mean = 0, error = 0;
};

MeanAndError mean_and_error(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  for (const double v : values) squares += (v - sum / n) * (v - sum / n);
  return {sum / n, std::sqrt(squares / (n - 1) / n)};
}

void check_near(const std::vector<double>& rows, double truth) {
  const auto [mean, error] = mean_and_error(rows);
  // The table has four decimals: half a unit of the last is its own error.
  CHECK(std::abs(mean - truth) <= 4 * error + 6e-5);
}

}  // namespace

TEST_CASE("every sampler with discrete T has the informations of the table, by its exact density") {
  int problems = 0;
  for (const GroundTruth& truth : ground_truths()) {
    const Sample sample = draw(truth.problem, {.rows = 4000, .seed = 11});
    if (sample.t.empty()) continue;
    CAPTURE(truth.problem);
    const RowInformation rows = exact_information(truth.problem, sample);
    check_near(rows.z_y, truth.z_y);
    check_near(rows.z_t, truth.z_t);
    check_near(rows.z_yt, truth.z_yt);
    ++problems;
  }
  CHECK(problems == 26);
  CHECK(ground_truths().size() == 29);
}

TEST_CASE("the project's own problems have the informations of their table, and classes as frequent as they say") {
  CHECK(further_truths().size() == 3);
  // The table's own errors are below .0006 (a mean over four million rows) and its digits.
  const double own_error = 4 * 6e-4;
  for (const GroundTruth& truth : further_truths()) {
    CAPTURE(truth.problem);
    const RowInformation rows = exact_information(truth.problem, draw(truth.problem, {.rows = 20000, .seed = 11}));
    for (const auto& [values, expected] :
         {std::pair(&rows.z_y, truth.z_y), std::pair(&rows.z_t, truth.z_t), std::pair(&rows.z_yt, truth.z_yt)}) {
      const auto [mean, error] = mean_and_error(*values);
      CHECK(std::abs(mean - expected) <= 4 * error + own_error);
    }
  }
  const Sample sample = draw("H01_zipf10_A3", {.rows = 20000, .seed = 11});
  const double first = static_cast<double>(std::ranges::count(sample.y, 0)) / 20000;
  const double harmonic = 2.9289682539682538;  // 1 + 1/2 + … + 1/10
  CHECK(std::abs(first - 1 / harmonic) <= 4 * std::sqrt(0.34 * 0.66 / 20000));
}

TEST_CASE("continuous T: the sampler's conditional second moments are the recipe's") {
  const Sample linear = draw("G12_lin_contT_a2_b1", {.rows = 20000, .seed = 3});
  std::vector<double> slope, residual;
  for (std::size_t i = 0; i < linear.y.size(); ++i) {
    const double rest = linear.z(static_cast<std::int64_t>(i), 0) - 2.0 * (2.0 * static_cast<double>(linear.y[i]) - 1);
    slope.push_back(rest * linear.t_continuous[i]);
    residual.push_back((rest - linear.t_continuous[i]) * (rest - linear.t_continuous[i]));
  }
  check_near(slope, 1.0);
  check_near(residual, 1.0);
  const Sample arc = draw("G13c_arc_r2.5_120deg", {.rows = 20000, .seed = 4});
  std::vector<double> along;
  for (std::size_t i = 0; i < arc.y.size(); ++i) {
    along.push_back(arc.z(static_cast<std::int64_t>(i), 0) * (1 - 2.0 * static_cast<double>(arc.y[i])) *
                        std::cos(arc.t_continuous[i]) +
                    arc.z(static_cast<std::int64_t>(i), 1) * (1 - 2.0 * static_cast<double>(arc.y[i])) *
                        std::sin(arc.t_continuous[i]));
  }
  check_near(along, 2.5);
}

TEST_CASE("sources share Y and the noise's correlation, and T takes its values in turn") {
  const Sample sample = draw("G17_cluster_icc0.9", {.rows = 8000, .seed = 5, .rows_per_source = 4});
  std::vector<double> products;
  for (std::int64_t i = 0; i < 8000; i += 4) {
    const auto row = static_cast<std::size_t>(i);
    CHECK(sample.source[row] == sample.source[row + 3]);
    CHECK(sample.y[row] == sample.y[row + 3]);
    CHECK(sample.t[row] + sample.t[row + 1] == 1);
    products.push_back(sample.z(i, 7) * sample.z(i + 3, 7));
  }
  check_near(products, 0.9);
}

TEST_CASE("padding, rotation and seeds do what they say") {
  const Sample plain = draw("G06_disent", {.rows = 300, .seed = 6});
  const Sample padded = draw("G06_disent", {.rows = 300, .seed = 6, .dims = 16});
  const Sample rotated = draw("G06_disent", {.rows = 300, .seed = 6, .dims = 16, .rotate = true});
  CHECK(plain.z.cols() == 2);
  CHECK(rotated.z.cols() == 16);
  CHECK(rotated.y == padded.y);
  CHECK(rotated.z(0, 0) != padded.z(0, 0));
  SampleOptions bent{.rows = 300, .seed = 6, .dims = 16, .rotate = true, .warp = true};
  const Sample once = draw("G06_disent", bent);
  CHECK(once.z(5, 3) == doctest::Approx(rotated.z(5, 3) + 0.3 * std::sin(2 * rotated.z(5, 3))).epsilon(1e-5));
  bent.rotate_again = true;
  CHECK(draw("G06_disent", bent).z(5, 3) != once.z(5, 3));
  for (std::int64_t i = 0; i < 300; ++i) {
    double before = 0, after = 0;
    for (const float x : padded.z.row(i)) before += static_cast<double>(x) * x;
    for (const float x : rotated.z.row(i)) after += static_cast<double>(x) * x;
    CHECK(std::abs(before - after) < 1e-4 * before);
  }
  CHECK(draw("G06_disent", {.rows = 300, .seed = 6}).z(299, 1) == plain.z(299, 1));
  CHECK(draw("G06_disent", {.rows = 300, .seed = 7}).z(299, 1) != plain.z(299, 1));
  CHECK_THROWS_WITH_AS(draw("G99", {}), "ground truth: there is no problem named 'G99'", std::invalid_argument);
  CHECK_THROWS_WITH_AS(draw("G06_disent", {.rows = 10, .rows_per_source = 4}),
                       "ground truth: 10 rows do not make sources of 4", std::invalid_argument);
}
