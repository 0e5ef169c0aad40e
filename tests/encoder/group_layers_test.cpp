// What layers of group encoders promise: they commute with rotations by 90° and mirrors. Sums of integers are exact in
// any order, so with integer weights and inputs "equal" means equal bits. One thread (OMP_NUM_THREADS=1 of every test).

#include <map>

#include <fmt/format.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/optim/sgd.h>

#include "encoder/group_cases.h"
#include "encoder/group_convolution.h"
#include "encoder/group_resnet.h"
#include "encoder/heads.h"
#include "encoder/point_group.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Whether an element moves the places that a convolution of stride 2 looks at onto each other.
bool keeps_even_places(std::int64_t size, std::int64_t g) {
  const auto even = torch::arange(size).remainder(2).eq(0);
  const auto places = even.unsqueeze(0).logical_and(even.unsqueeze(1));
  return torch::equal(act_on_plane(places, g), places);
}

}  // namespace

TEST_CASE("group axioms: closed, associative, neutral element, inverses") {
  for (const auto& group : kGroups) {
    const auto n = group.order();
    for (std::int64_t s = 0; s < n; ++s) {
      CHECK(group.product(0, s) == s);
      CHECK(group.product(s, 0) == s);
      CHECK(group.product(s, group.inverse(s)) == 0);
      CHECK(group.product(group.inverse(s), s) == 0);
      for (std::int64_t t = 0; t < n; ++t) {
        CHECK(group.product(s, t) < n);
        for (std::int64_t u = 0; u < n; ++u) {
          CHECK(group.product(group.product(s, t), u) == group.product(s, group.product(t, u)));
        }
      }
    }
  }
}

TEST_CASE("the rows of the p4m table: which orientation t of the input orientation s reads") {
  const PointGroup group{true};
  const std::vector<std::string> rows{"01234567", "30127456", "23016745", "12305674",
                                      "47650321", "54761032", "65472103", "76543210"};
  for (std::int64_t s = 0; s < 8; ++s) {
    std::string row;
    for (std::int64_t t = 0; t < 8; ++t) row += fmt::format("{}", group.product(group.inverse(s), t));
    CHECK(row == rows[static_cast<std::size_t>(s)]);
  }
}

TEST_CASE("planes and features are acted on by the group: L_g L_h = L_gh") {
  auto generator = generator_of(1);
  const PointGroup group{true};
  const auto f = small_integers({2, 8 * 3, 5, 5}, generator);
  for (std::int64_t g = 0; g < 8; ++g) {
    for (std::int64_t h = 0; h < 8; ++h) {
      const auto gh = group.product(g, h);
      CHECK(torch::equal(act_on_plane(act_on_plane(f, h), g), act_on_plane(f, gh)));
      CHECK(torch::equal(act_on_features(act_on_features(f, group, h), group, g), act_on_features(f, group, gh)));
    }
  }
}

TEST_CASE("the filter bank is the formula, written out slowly") {
  auto generator = generator_of(2);
  for (const auto& group : kGroups) {
    const auto n = group.order();
    for (const std::int64_t kernel : {1, 3}) {
      GroupConvolution lifting(group, GroupInput::kImage, 2, 5, kernel);
      GroupConvolution inner(group, GroupInput::kFeatures, 2, 5, kernel);
      fill_with_integers(*lifting, generator);
      fill_with_integers(*inner, generator);
      const auto lifted = lifting->filters().view({n, 5, 2, kernel, kernel});
      const auto spread = inner->filters().reshape({n, 5, n, 2, kernel, kernel});
      for (std::int64_t s = 0; s < n; ++s) {
        CHECK(torch::equal(lifted[s], act_on_plane(lifting->weight, s)));
        for (std::int64_t t = 0; t < n; ++t) {
          const auto psi = inner->weight.select(1, group.product(group.inverse(s), t));
          CHECK(torch::equal(spread[s].select(1, t), act_on_plane(psi, s)));
        }
      }
    }
  }
}

TEST_CASE("only the filter itself is in the state") {
  const GroupConvolution convolution(PointGroup{true}, GroupInput::kFeatures, 2, 5, 3);
  CHECK(convolution->named_parameters().keys() == std::vector<std::string>{"weight"});
  CHECK(convolution->weight.sizes() == at::IntArrayRef({5, 8, 2, 3, 3}));
  CHECK(convolution->buffers().empty());
  CHECK(convolution->fan_out() == 8 * 5 * 9);
}

TEST_CASE("convolutions commute with every element, bit for bit, at even and odd sizes") {
  const torch::NoGradGuard no_gradient;
  auto generator = generator_of(3);
  for (const auto& group : kGroups) {
    for (const std::int64_t kernel : {1, 3, 7}) {
      GroupConvolution lifting(group, GroupInput::kImage, 3, 4, kernel);
      GroupConvolution inner(group, GroupInput::kFeatures, 4, 3, kernel);
      fill_with_integers(*lifting, generator);
      fill_with_integers(*inner, generator);
      for (const std::int64_t size : {8, 9}) {
        const auto x = small_integers({2, 3, size, size}, generator);
        const auto lifted = lifting->forward(x), f = inner->forward(lifted);
        for (std::int64_t g = 0; g < group.order(); ++g) {
          const auto moved = lifting->forward(act_on_plane(x, g));
          CHECK(torch::equal(moved, act_on_features(lifted, group, g)));
          CHECK(torch::equal(inner->forward(moved), act_on_features(f, group, g)));
        }
      }
    }
  }
}

TEST_CASE("negative: stride 2 breaks the symmetry on an even size, and on an odd one it does not") {
  const torch::NoGradGuard no_gradient;
  auto generator = generator_of(4);
  for (const auto& group : kGroups) {
    GroupConvolution convolution(group, GroupInput::kImage, 3, 4, 3);
    fill_with_integers(*convolution, generator);
    for (const std::int64_t size : {8, 9}) {
      const auto x = small_integers({2, 3, size, size}, generator);
      const auto f = convolution->forward(x, 2);
      int broken = 0;
      for (std::int64_t g = 1; g < group.order(); ++g) {
        const auto moved = convolution->forward(act_on_plane(x, g), 2);
        const auto expected = act_on_features(f, group, g);
        CHECK(torch::equal(moved, expected) == keeps_even_places(size, g));
        if (torch::equal(moved, expected)) continue;
        ++broken;
        // Wrong altogether, not by rounding: the differences are of the size of the values.
        CHECK(relative_error(expected, moved) > 0.5);
      }
      // Places 0, 2, 4, 6 of 8 survive the mirror at the main diagonal alone, 0, 2, …, 8 of 9 everything.
      CHECK(broken == (size % 2 == 1 ? 0 : group.mirrors ? 6 : 3));
    }
  }
}

TEST_CASE("negative: batch norm with an affine map for each orientation breaks the symmetry, the shared one keeps it") {
  auto generator = generator_of(5);
  const PointGroup group{false};
  const auto f = small_integers({4, 4 * 2, 4, 4}, generator);
  GroupBatchNorm shared(2);
  torch::nn::BatchNorm2d apart(8);
  const torch::NoGradGuard no_gradient;
  shared->weight.normal_(0, 1, generator);
  apart->weight.normal_(0, 1, generator);
  for (std::int64_t g = 1; g < 4; ++g) {
    const auto moved = act_on_features(f, group, g);
    CHECK(relative_error(act_on_features(shared->forward(f), group, g), shared->forward(moved)) < 1e-6);
    CHECK(relative_error(act_on_features(apart->forward(f), group, g), apart->forward(moved)) > 0.1);
  }
}

TEST_CASE("shared batch norm is batch norm over the orientations' values together") {
  auto generator = generator_of(6);
  const auto f = small_integers({3, 4 * 2, 5, 5}, generator).to(torch::kDouble);
  GroupBatchNorm shared(2);
  shared->to(torch::kDouble);
  const auto by_channel = f.view({3, 4, 2, 5, 5}).permute({2, 0, 1, 3, 4}).reshape({2, -1});
  const auto mean = by_channel.mean(1), variance = by_channel.var(1, false);
  const auto expected = (f.view({3, 4, 2, 5, 5}) - mean.view({2, 1, 1})) / (variance + 1e-5).sqrt().view({2, 1, 1});
  CHECK(torch::allclose(shared->forward(f), expected.view_as(f), 0, 1e-12));
  CHECK(torch::allclose(shared->running_mean, 0.1 * mean, 0, 1e-12));
}

TEST_CASE("kept filters follow the weights: in-place changes, replaced data, steps of an optimizer, another type") {
  const torch::NoGradGuard no_gradient;
  GroupConvolution convolution(PointGroup{false}, GroupInput::kImage, 1, 2, 3);
  convolution->eval();
  const auto first = convolution->filters();
  const auto kept = [&] { return convolution->filters().is_same(convolution->filters()); };
  CHECK(kept());
  convolution->weight.mul_(2);
  const auto doubled = convolution->filters();
  CHECK(torch::equal(doubled, 2 * first));
  convolution->weight.set_data(convolution->weight.clone() * 2);
  CHECK(torch::equal(convolution->filters(), 2 * doubled));
  torch::optim::SGD optimizer(convolution->parameters(), 0.1);
  for (const bool training : {true, false}) {
    const auto before = convolution->filters().clone();
    convolution->train(training);
    {
      const torch::AutoGradMode with_gradient(true);
      convolution->forward(torch::ones({1, 1, 4, 4})).sum().backward();
    }
    optimizer.step();  // which writes past the version counter
    if (training) convolution->eval();
    CHECK(!torch::equal(convolution->filters(), before));
    CHECK(torch::equal(convolution->filters()[0], convolution->weight[0]));
  }
  convolution->to(torch::kDouble);
  const bool is_double = convolution->filters().scalar_type() == torch::kDouble;
  CHECK(is_double);
  convolution->train();
  CHECK(!kept());
}
