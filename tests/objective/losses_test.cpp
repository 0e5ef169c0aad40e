#include <cmath>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/functional/normalization.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include "encoder/heads.h"
#include "objective/gradient_reversal.h"
#include "objective/objective_losses.h"
#include "objective/sphere.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

torch::Tensor random_numbers(torch::IntArrayRef shape, std::uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return torch::empty(shape, torch::kDouble).normal_(0, 1, generator);
}

torch::Tensor points(std::int64_t count, std::int64_t dims, std::uint64_t seed) {
  return torch::nn::functional::normalize(random_numbers({count, dims}, seed));
}

double dot(const torch::Tensor& a, std::int64_t i, const torch::Tensor& b, std::int64_t j) {
  double sum = 0;
  for (std::int64_t c = 0; c < a.size(1); ++c) sum += a[i][c].item<double>() * b[j][c].item<double>();
  return sum;
}

/// Views as their definition has them: 2N of them, view v of image i at v · N + i.
double slow_nt_xent(const torch::Tensor& first, const torch::Tensor& second, double temperature) {
  const auto count = first.size(0);
  const auto cosine = [&](std::int64_t v, std::int64_t w) {
    return dot(v < count ? first : second, v % count, w < count ? first : second, w % count);
  };
  double loss = 0;
  for (std::int64_t v = 0; v < 2 * count; ++v) {
    double sum = 0;
    for (std::int64_t w = 0; w < 2 * count; ++w) {
      if (w != v) sum += std::exp(cosine(v, w) / temperature);
    }
    loss -= cosine(v, (v + count) % (2 * count)) / temperature - std::log(sum);
  }
  return loss / static_cast<double>(2 * count);
}

double slow_uniformity(const torch::Tensor& x) {
  double sum = 0;
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    for (std::int64_t j = 0; j < x.size(0); ++j) {
      if (i != j) sum += std::exp(-2 * (dot(x, i, x, i) + dot(x, j, x, j) - 2 * dot(x, i, x, j)));
    }
  }
  return std::log(sum / static_cast<double>(x.size(0) * (x.size(0) - 1)));
}

double slow_equivariance(const torch::Tensor& before, const torch::Tensor& after, std::int64_t groups) {
  const auto size = before.size(0) / groups;
  double sum = 0;
  for (std::int64_t i = 0; i < before.size(0); ++i) {
    for (std::int64_t j = 0; j < before.size(0); ++j) {
      if (i != j && i / size == j / size) sum += std::pow(dot(after, i, after, j) - dot(before, i, before, j), 2);
    }
  }
  return sum / static_cast<double>(groups * size * (size - 1));
}

/// A model whose heads are linear, in double precision; its encoder is not used.
PretextModel linear_model(const ObjectiveOptions& options) {
  PretextShape shape;
  shape.encoder.width = 2;
  shape.encoder.blocks = {1, 1};
  shape.values = 4;
  shape.classes = 3;
  shape.head_hidden = 0;
  PretextModel model(shape, options);
  auto generator = at::make_generator<at::CPUGeneratorImpl>(std::uint64_t{1});
  initialize(*model, generator);
  model->to(torch::kDouble);
  return model;
}

/// Softmax of a linear head minus the truth, over the number of rows: the gradient of its mean cross-entropy.
torch::Tensor head_residual(const torch::nn::Sequential& head, const torch::Tensor& z, const torch::Tensor& truth) {
  const auto& linear = *head->ptr<torch::nn::LinearImpl>(0);
  const auto logits = z.detach().mm(linear.weight.detach().t()) + linear.bias.detach();
  const auto odds = logits.exp();
  return (odds / odds.sum(1, true) - torch::one_hot(truth, logits.size(1))) / static_cast<double>(z.size(0));
}

torch::Tensor weight_of(const torch::nn::Sequential& head) { return head->ptr<torch::nn::LinearImpl>(0)->weight; }

struct Batch {
  explicit Batch(std::size_t views) : target(find_transform("rotation4"), 2) {
    for (std::size_t i = 0; i < views; ++i) z.push_back(random_numbers({8, 4}, 10 + i).set_requires_grad(true));
    values = torch::tensor({0, 1, 2, 3, 3, 1, 0, 0}, torch::kInt64);
    classes = torch::tensor({0, 1, 2, 0, 1, 2, 2, 2}, torch::kInt64);
  }
  ObjectiveLosses losses(PretextModel& model, const ObjectiveOptions& options) const {
    return find_objective(options.name).losses(*model, {options, target, z, values.view({-1, 1}), classes});
  }
  TransformTarget target;
  std::vector<torch::Tensor> z;
  torch::Tensor values, classes;
};

bool close(const torch::Tensor& a, const torch::Tensor& b) { return torch::allclose(a, b, 1e-12, 1e-12); }

}  // namespace

TEST_CASE("gradient reversal gives what it gets and sends back -strength times what comes") {
  auto x = random_numbers({3, 2}, 1).set_requires_grad(true);
  const auto weights = random_numbers({3, 2}, 2);
  const auto y = reverse_gradient(x, 2.5);
  CHECK(torch::equal(y, x));
  (y * weights).sum().backward();
  CHECK(torch::equal(x.grad(), weights * -2.5));
}

TEST_CASE("class information eliminated: the head minimises its loss, the encoder the transformation's minus λ of it") {
  ObjectiveOptions options;
  options.eliminate_class = 9;
  auto model = linear_model(options);
  const Batch batch(1);
  auto losses = batch.losses(model, options);
  losses.descent.backward();
  const auto t = head_residual(model->head, batch.z[0], batch.values);
  const auto y = head_residual(model->class_head, batch.z[0], batch.classes);
  CHECK(close(batch.z[0].grad(), t.mm(weight_of(model->head)) - 9 * y.mm(weight_of(model->class_head))));
  CHECK(close(weight_of(model->head).grad(), t.t().mm(batch.z[0])));
  CHECK(close(weight_of(model->class_head).grad(), y.t().mm(batch.z[0])));
  CHECK(close(losses.total, losses.term(LossTerm::kTransform) - 9 * losses.term(LossTerm::kClass)));
  CHECK(!losses.total.requires_grad());
}

TEST_CASE("class information added: encoder and head both lower λ times its loss") {
  ObjectiveOptions options;
  options.add_class = 0.5;
  auto model = linear_model(options);
  const Batch batch(1);
  auto losses = batch.losses(model, options);
  CHECK(!losses.descent.defined());
  losses.total.backward();
  const auto t = head_residual(model->head, batch.z[0], batch.values);
  const auto y = head_residual(model->class_head, batch.z[0], batch.classes);
  CHECK(close(batch.z[0].grad(), t.mm(weight_of(model->head)) + 0.5 * y.mm(weight_of(model->class_head))));
  CHECK(close(weight_of(model->class_head).grad(), 0.5 * y.t().mm(batch.z[0])));
}

TEST_CASE("NT-Xent agrees with a loop over all pairs of views") {
  const auto first = points(5, 3, 1), second = points(5, 3, 2);
  for (const double temperature : {0.1, 0.5, 2.0}) {
    CHECK(nt_xent(first, second, temperature).item<double>() ==
          doctest::Approx(slow_nt_xent(first, second, temperature)).epsilon(1e-12));
  }
  // Two images, their views equal, at right angles: each view has e^(1/τ) for its partner and 1 for two others.
  const auto axes = torch::eye(2, torch::kDouble);
  CHECK(nt_xent(axes, axes, 0.5).item<double>() == doctest::Approx(-2 + std::log(std::exp(2.0) + 2)).epsilon(1e-12));
}

TEST_CASE("NT-Xent has the gradient of its definition, none of it from a view with itself") {
  auto first = points(3, 2, 1).set_requires_grad(true);
  const auto second = points(3, 2, 2);
  nt_xent(first, second, 0.5).backward();
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t c = 0; c < 2; ++c) {
      // Products of a view with itself are left out, so the definition may be differentiated off the sphere.
      auto up = first.detach().clone(), down = first.detach().clone();
      up[i][c] += 1e-5;
      down[i][c] -= 1e-5;
      const double slope = (slow_nt_xent(up, second, 0.5) - slow_nt_xent(down, second, 0.5)) / 2e-5;
      CHECK(first.grad()[i][c].item<double>() == doctest::Approx(slope).epsilon(1e-7));
    }
  }
}

TEST_CASE("alignment and uniformity agree with loops") {
  const auto first = points(6, 3, 1), second = points(6, 3, 2);
  double sum = 0;
  for (std::int64_t i = 0; i < 6; ++i) sum += 2 - 2 * dot(first, i, second, i);
  CHECK(alignment(first, second).item<double>() == doctest::Approx(sum / 6).epsilon(1e-12));
  CHECK(alignment(first, first).item<double>() == 0);
  CHECK(uniformity(first).item<double>() == doctest::Approx(slow_uniformity(first)).epsilon(1e-12));
  const auto poles = torch::tensor({{1.0, 0.0}, {-1.0, 0.0}}, torch::kDouble);
  CHECK(uniformity(poles).item<double>() == doctest::Approx(-8).epsilon(1e-12));
}

TEST_CASE("CARE's equivariance agrees with a loop, and is 0 under a rotation of each part and under no other map") {
  const auto before = points(8, 3, 1), after = points(8, 3, 2);
  for (const std::int64_t groups : {1, 2, 4}) {
    CHECK(orthogonal_equivariance(before, after, groups).item<double>() ==
          doctest::Approx(slow_equivariance(before, after, groups)).epsilon(1e-12));
  }
  const auto rotation = std::get<0>(torch::linalg_qr(random_numbers({3, 3}, 3)));
  const auto mirror = torch::diag(torch::tensor({1.0, 1.0, -1.0}, torch::kDouble));
  const auto turned = torch::cat({before.narrow(0, 0, 4).mm(rotation), before.narrow(0, 4, 4).mm(mirror)});
  CHECK(orthogonal_equivariance(before, turned, 2).item<double>() == doctest::Approx(0).epsilon(1e-24));
  CHECK(orthogonal_equivariance(before, turned, 1).item<double>() > 0.01);
  const auto squeezed = torch::nn::functional::normalize(before * torch::tensor({1.0, 1.0, 0.5}, torch::kDouble));
  CHECK(orthogonal_equivariance(before, squeezed, 2).item<double>() > 0.01);
}

TEST_CASE("points on the sphere are the projection, or z itself without one") {
  ObjectiveOptions options;
  options.name = "ntxent";
  options.projection = 3;
  const auto z = random_numbers({5, 4}, 1);
  auto model = linear_model(options);
  const auto& linear = *model->projection->ptr<torch::nn::LinearImpl>(0);
  const auto projected = z.mm(linear.weight.t()) + linear.bias;
  CHECK(close(on_sphere(*model, z), projected / projected.norm(2, {1}, true)));
  options.projection = 0;
  auto bare = linear_model(options);
  CHECK(!bare->projection);
  CHECK(close(on_sphere(*bare, z), z / z.norm(2, {1}, true)));
}

TEST_CASE("every objective: total is the weighted sum of its terms, and each head it needs learns") {
  for (const auto& objective : objectives()) {
    CAPTURE(objective.name);
    ObjectiveOptions options;
    options.name = objective.name;
    options.projection = 3;
    options.transform_weight = 0.7;
    options.alignment = 2;
    options.uniformity = 3;
    options.equivariance = 5;
    auto model = linear_model(options);
    const auto needs = objective.needs(options);
    const Batch batch(needs.views.size());
    auto losses = batch.losses(model, options);
    const std::array<double, kLossTerms> weights{objective.name == "hybrid" ? 0.7 : 1, 1, 1, 2, 3, 5};
    auto sum = torch::zeros({}, torch::kDouble);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (losses.terms[i].defined()) sum = sum + weights[i] * losses.terms[i];
    }
    CHECK(close(losses.total, sum));
    CHECK(losses.hits.defined() == needs.transform_head);
    losses.total.backward();
    for (const auto& [head, needed] : {std::pair{model->head, needs.transform_head},
                                       {model->class_head, needs.class_head},
                                       {model->projection, needs.projection}}) {
      REQUIRE(static_cast<bool>(head) == needed);
      if (needed) CHECK(weight_of(head).grad().abs().sum().item<double>() > 0);
    }
    for (const auto& z : batch.z) CHECK(z.grad().defined());
  }
}
