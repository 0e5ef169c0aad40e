#include "estimators/whitened_pca.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "core/random.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Columns: 3a, a + b, b − 1, and a copy of the first; a and b independent standard normal.
Matrix<float> rank_two(std::int64_t rows) {
  RandomStream stream(5, "pca test");
  Matrix<float> z(rows, 4);
  for (std::int64_t i = 0; i < rows; ++i) {
    const double a = stream.normal(), b = stream.normal();
    z(i, 0) = z(i, 3) = static_cast<float>(3 * a);
    z(i, 1) = static_cast<float>(a + b);
    z(i, 2) = static_cast<float>(b - 1);
  }
  return z;
}

}  // namespace

TEST_CASE("by hand: two uncorrelated columns") {
  Matrix<float> z(4, 2);
  const std::vector<float> values{12, 1, 8, 1, 12, -1, 8, -1};
  std::copy(values.begin(), values.end(), z.data());
  const WhitenedPca pca = fit_whitened_pca(z, {});
  CHECK(pca.mean == std::vector<double>{10, 0});
  CHECK(pca.variances.size() == 2);
  CHECK(std::abs(pca.variances[0] - 4) < 1e-12);
  CHECK(std::abs(pca.variances[1] - 1) < 1e-12);
  CHECK(std::abs(pca.directions(0, 0) - 0.5) < 1e-12);
  CHECK(std::abs(pca.directions(1, 1) - 1) < 1e-12);
  const Matrix<float> mapped = apply(pca, z, 1);
  CHECK(mapped(0, 0) == 1);
  CHECK(mapped(1, 0) == -1);
  CHECK(mapped(2, 1) == -1);
}

TEST_CASE("components are uncorrelated with unit variance, and directions that hold rounding are dropped") {
  const Matrix<float> z = rank_two(3000);
  // Rounding to float32 leaves a variance of about 1e-15 of the largest in the other directions.
  const WhitenedPca pca = fit_whitened_pca(z, {.dims = 4});
  CHECK(pca.kept() == 2);
  CHECK(std::abs(pca.explained - 1) < 1e-9);
  const Matrix<float> mapped = apply(pca, z, 1);
  double sums[3] = {0, 0, 0};
  for (std::int64_t i = 0; i < 3000; ++i) {
    const double a = mapped(i, 0), b = mapped(i, 1);
    sums[0] += a * a / 3000;
    sums[1] += b * b / 3000;
    sums[2] += a * b / 3000;
  }
  // Float32 output: 6e-8 relative, less by averaging.
  CHECK(std::abs(sums[0] - 1) < 1e-6);
  CHECK(std::abs(sums[1] - 1) < 1e-6);
  CHECK(std::abs(sums[2]) < 1e-6);
}

TEST_CASE("at most dims components, the leading ones, and the sign makes the largest coefficient positive") {
  const Matrix<float> z = rank_two(500);
  const WhitenedPca one = fit_whitened_pca(z, {.dims = 1}), two = fit_whitened_pca(z, {.dims = 2});
  CHECK(one.kept() == 1);
  CHECK(one.variances[0] == two.variances[0]);
  CHECK(two.variances[0] > two.variances[1]);
  CHECK(std::abs(one.explained - two.variances[0] / (two.variances[0] + two.variances[1])) < 1e-9);
  for (std::int64_t c = 0; c < 2; ++c) {
    const auto direction = two.directions.row(c);
    CHECK(*std::max_element(direction.begin(), direction.end()) >=
          -*std::min_element(direction.begin(), direction.end()) * (1 - 1e-6));
  }
}

TEST_CASE("the same bytes for any number of threads, and constant data map to zero") {
  const Matrix<float> z = rank_two(5000);
  const WhitenedPca a = fit_whitened_pca(z, {.threads = 1}), b = fit_whitened_pca(z, {.threads = 3});
  CHECK(a.mean == b.mean);
  CHECK(a.variances == b.variances);
  const Matrix<float> x = apply(a, z, 1), y = apply(b, z, 3);
  CHECK(std::equal(x.data(), x.data() + 5000 * 2, y.data()));

  Matrix<float> constant(10, 3);
  std::fill(constant.data(), constant.data() + 30, 0.1F);
  const WhitenedPca none = fit_whitened_pca(constant, {});
  CHECK(none.kept() == 1);
  const Matrix<float> mapped = apply(none, constant, 1);
  for (std::int64_t i = 0; i < 10; ++i) CHECK(mapped(i, 0) == 0);
}

TEST_CASE("what cannot be whitened is refused by name and value") {
  const Matrix<float> z = rank_two(10);
  CHECK_THROWS_WITH_AS(fit_whitened_pca(z, {.dims = 0}), "whitened PCA: dims = 0 is below 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS(fit_whitened_pca(z, {.smallest_variance_ratio = 1}),
                       "whitened PCA: smallest_variance_ratio = 1 is outside [0, 1)", std::invalid_argument);
  CHECK_THROWS_WITH_AS(fit_whitened_pca(Matrix<float>(0, 3), {}), "whitened PCA: z is [0, 3]", std::invalid_argument);
  CHECK_THROWS_WITH_AS(apply(fit_whitened_pca(z, {}), Matrix<float>(2, 3), 1),
                       "whitened PCA: fitted on 4 columns, applied to 3", std::invalid_argument);
}
