#include <cmath>
#include <stdexcept>

#include "compute/blas.h"
#include "compute/parallel.h"
#include "compute/vector_exp.h"
#include "core/random.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Matrix<double> random_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  RandomStream stream(seed, "matrix");
  Matrix<double> m(rows, cols);
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < cols; ++j) m(i, j) = stream.normal();
  }
  return m;
}

double product_element(const Matrix<double>& a, const Matrix<double>& b, std::int64_t i, std::int64_t j) {
  double sum = 0;
  for (std::int64_t k = 0; k < a.cols(); ++k) sum += a(i, k) * b(k, j);
  return sum;
}

}  // namespace

TEST_CASE("multiply agrees with the definition, transposed or not, and refuses shapes that do not fit") {
  const auto a = random_matrix(5, 7, 1), b = random_matrix(7, 3, 2);
  Matrix<double> c(5, 3), at(7, 5), d(5, 3);
  multiply(1.0, a, Transpose::kNo, b, Transpose::kNo, 0.0, c.view());
  for (int i = 0; i < 5; ++i) {
    for (int k = 0; k < 7; ++k) at(k, i) = a(i, k);
  }
  multiply(1.0, at, Transpose::kYes, b, Transpose::kNo, 0.0, d.view());
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 3; ++j) {
      CHECK(std::abs(c(i, j) - product_element(a, b, i, j)) < 1e-12);
      CHECK(std::abs(d(i, j) - c(i, j)) < 1e-12);
    }
  }
  CHECK_THROWS_AS(multiply(1.0, a, Transpose::kNo, a, Transpose::kNo, 0.0, c.view()), std::invalid_argument);
}

TEST_CASE("gram, cholesky and solve fit together") {
  const auto a = random_matrix(20, 4, 3);
  Matrix<double> g(4, 4), factor(4, 4), x(4, 1);
  gram(a, 0.0, g.view());
  CHECK(g(1, 2) == g(2, 1));
  for (int i = 0; i < 4; ++i) {
    x(i, 0) = i + 1.0;
    for (int j = 0; j < 4; ++j) factor(i, j) = g(i, j);
  }
  cholesky(factor.view());
  solve_cholesky(factor, x.view());
  for (int i = 0; i < 4; ++i) {
    double sum = 0;
    for (int j = 0; j < 4; ++j) sum += g(i, j) * x(j, 0);
    CHECK(std::abs(sum - (i + 1.0)) < 1e-12);
  }
  Matrix<double> negative(1, 1);
  negative(0, 0) = -1;
  CHECK_THROWS_AS(cholesky(negative.view()), std::domain_error);
}

TEST_CASE("symmetric_eigen: ascending values, eigenvectors in the rows") {
  Matrix<double> a(2, 2);
  a(0, 0) = 2, a(0, 1) = 1, a(1, 0) = 1, a(1, 1) = 2;
  const auto eigen = symmetric_eigen(a);
  CHECK(std::abs(eigen.values[0] - 1) < 1e-12);
  CHECK(std::abs(eigen.values[1] - 3) < 1e-12);
  CHECK(std::abs(eigen.vectors(1, 0) - eigen.vectors(1, 1)) < 1e-12);
}

TEST_CASE("exp_minus: every length, against std::exp, with what is far below the shift as zero") {
  for (const std::size_t count : {1, 15, 16, 17, 40}) {
    std::vector<float> values, original;
    for (std::size_t i = 0; i < count; ++i) values.push_back(5.0F - 7.3F * static_cast<float>(i % 12));
    if (count > 1) values[1] = -200.0F;
    original = values;
    const float sum = exp_minus(values, 5.0F);
    double expected_sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const double expected = original[i] < -82.0F ? 0.0 : std::exp(static_cast<double>(original[i]) - 5.0);
      CHECK(std::abs(values[i] - expected) <= 3e-7 * expected);
      expected_sum += expected;
    }
    CHECK(std::abs(sum - expected_sum) < 1e-6 * expected_sum);
  }
}

TEST_CASE("parallel_for calls each index once and hands on an exception") {
  for (const int threads : {1, 2, 5}) {
    std::vector<int> calls(1000, 0);
    parallel_for(1000, threads, [&](std::int64_t i) { ++calls[static_cast<std::size_t>(i)]; });
    for (const int c : calls) CHECK(c == 1);
  }
  CHECK_THROWS_AS(parallel_for(10, 2,
                               [](std::int64_t i) {
                                 if (i == 3) throw std::domain_error("three");
                               }),
                  std::domain_error);
}
