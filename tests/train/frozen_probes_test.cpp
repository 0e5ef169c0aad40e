#include "train/frozen_probes.h"

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Gaussian clouds around the corners of a simplex, `apart` from the origin.
LabelledFeatures clouds(std::int64_t rows, double apart, std::uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const auto y = torch::arange(rows, torch::kInt64).remainder(3);
  const auto z = torch::randn({rows, 5}, generator);
  return {z + apart * torch::eye(3, 5).index_select(0, y), y};
}

double accuracy(const torch::Tensor& predicted, const torch::Tensor& truth) {
  return predicted.eq(truth).to(torch::kDouble).mean().item<double>();
}

}  // namespace

TEST_CASE("knn: votes weighted by exp(s / temperature), by hand") {
  // The query has cosine 1 with one row of class 0, and .6 with two of class 1.
  const LabelledFeatures train{torch::tensor({2.0F, 0.0F, 3.0F, 4.0F, 0.3F, -0.4F}).view({3, 2}),
                               torch::tensor({0, 1, 1}, torch::kInt64)};
  const auto query = torch::tensor({5.0F, 0.0F}).view({1, 2});
  const auto predicted = [&](std::int64_t k, double temperature) {
    return knn_classify(train, query, 2, {k, temperature}).item<std::int64_t>();
  };
  CHECK(predicted(1, 1.0) == 0);
  // Two votes of exp(−.4/τ) against one of 1: they win for τ > .4 / ln 2 = .577.
  CHECK(predicted(3, 0.57) == 0);
  CHECK(predicted(3, 0.59) == 1);
  CHECK(predicted(2, 0.59) == 0);
}

TEST_CASE("knn: the batches of queries agree with one at a time") {
  const auto train = clouds(300, 2, 1), test = clouds(1500, 2, 2);
  const auto all = knn_classify(train, test.z, 3);
  for (const std::int64_t row : {0, 1023, 1024, 1499}) {
    CHECK(torch::equal(knn_classify(train, test.z.narrow(0, row, 1), 3), all.narrow(0, row, 1)));
  }
}

TEST_CASE("both classifiers reach the accuracy of the rule that knows the clouds") {
  const auto train = clouds(3000, 3, 3), test = clouds(3000, 3, 4);
  const double best = accuracy(test.z.narrow(1, 0, 3).argmax(1), test.y);  // Bayes: the largest coordinate
  CHECK(best > 0.9);
  const auto linear = linear_probe(train, test.z, 3, 1);
  // Measured on 20 other draws, by the same classifiers in Python: best − linear .0003 with standard deviation .0012,
  // best − knn .0017 with .0016; each mean and four of its deviations.
  CHECK(accuracy(linear.predicted, test.y) > best - 0.006);
  CHECK(accuracy(knn_classify(train, test.z, 3), test.y) > best - 0.009);
}

TEST_CASE("the linear probe minds neither scale nor shift of a feature, nor one that is constant") {
  const auto train = clouds(300, 2, 5), test = clouds(300, 2, 6);
  const auto change = [](const torch::Tensor& z) {
    auto changed = torch::cat({z * 100 + 7, torch::full({z.size(0), 1}, 3.0F)}, 1);
    return changed;
  };
  const auto plain = linear_probe(train, test.z, 3, 1);
  const auto changed = linear_probe({change(train.z), train.y}, change(test.z), 3, 1);
  CHECK(plain.penalty == changed.penalty);
  // Rounding may move a row that lies on the border.
  CHECK(accuracy(plain.predicted, changed.predicted) >= 0.99);
}

/// Softmax regression by Newton's method, which minds no correlations: [classes, d + 1] weights, the last the biases.
torch::Tensor newton_solution(const torch::Tensor& z, const torch::Tensor& y, std::int64_t classes, double penalty) {
  const auto x = torch::cat({z, torch::ones({z.size(0), 1}, z.options())}, 1);
  const auto truth = torch::one_hot(y, classes).to(torch::kDouble);
  auto ridge = torch::full({classes, x.size(1)}, penalty, z.options());
  ridge.select(1, z.size(1)).fill_(0);
  auto weight = torch::zeros_like(ridge);
  for (int step = 0; step < 50; ++step) {
    const auto p = x.matmul(weight.t()).softmax(1);
    const auto gradient = (p - truth).t().matmul(x) / z.size(0) + ridge * weight;
    const auto spread = torch::diag_embed(p) - p.unsqueeze(2) * p.unsqueeze(1);  // [N, classes, classes]
    const auto hessian =
        torch::einsum("nab,ni,nj->aibj", {spread, x, x}).reshape({ridge.numel(), ridge.numel()}) / z.size(0);
    // The biases are free up to a constant: a tiny ridge leaves the gradient's zero where it is.
    const auto step_back = torch::linalg_solve(hessian + torch::diag(ridge.flatten() + 1e-9), gradient.flatten());
    weight = weight - step_back.view_as(weight);
  }
  return weight;
}

TEST_CASE("the linear probe comes to its minimum where features are nearly the same") {
  auto train = clouds(400, 2, 9), test = clouds(2000, 2, 10);
  const auto mixing = torch::full({train.z.size(1), train.z.size(1)}, 100.0F) +
                      torch::eye(train.z.size(1), train.z.options());  // condition number 500
  train.z = train.z.matmul(mixing), test.z = test.z.matmul(mixing);
  const auto probe = linear_probe(train, test.z, 3, 1);
  CHECK(probe.converged);
  const auto mean = train.z.mean(0), spread = (train.z - mean).pow(2).mean(0).sqrt();
  const auto standard = [&](const torch::Tensor& z) { return ((z - mean) / spread).to(torch::kDouble); };
  const auto weight = newton_solution(standard(train.z), train.y, 3, probe.penalty);
  const auto expected =
      torch::cat({standard(test.z), torch::ones({2000, 1}, torch::kDouble)}, 1).matmul(weight.t()).argmax(1);
  CHECK(accuracy(probe.predicted, expected) >= 0.999);  // rounding may move a row that lies on the border
}

TEST_CASE("classifiers refuse too few rows") {
  const auto train = clouds(1, 1, 8);
  CHECK_THROWS_WITH_AS(knn_classify(train, train.z, 3), "knn: k = 20 of 1 training rows", std::invalid_argument);
  CHECK_THROWS_WITH_AS(linear_probe(train, train.z, 3, 1), "linear probe: 1 training rows, but it needs 2",
                       std::invalid_argument);
}
