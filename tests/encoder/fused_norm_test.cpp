// Batch norm's own passes on the CPU against LibTorch's operations in float64.

#include <limits>

#include <ATen/Parallel.h>
#include <torch/nn/modules/batchnorm.h>

#include "encoder/batch_norm.h"
#include "encoder/fused_norm.h"
#include "encoder/group_convolution.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

torch::Tensor in_order(const torch::Tensor& maps) { return maps.contiguous(at::MemoryFormat::ChannelsLast); }

enum class Form { kPlain, kRectified, kAdded };

/// What a pass gives and takes back for the loss Σ y · w, and the running moments behind it.
template <class Norm, class Pass>
std::vector<torch::Tensor> outcome(Norm& norm, const torch::Tensor& images, const torch::Tensor& shortcut, Form form,
                                   const torch::Tensor& weights, const Pass& pass) {
  const auto x = images.clone().set_requires_grad(true), added = shortcut.clone().set_requires_grad(true);
  const auto y = pass(norm, x, added);
  (y * weights).sum().backward();
  std::vector<torch::Tensor> values{y.detach(),        x.grad(),           norm->weight.grad(),
                                    norm->bias.grad(), norm->running_mean, norm->running_var};
  if (form == Form::kAdded) values.push_back(added.grad());
  return values;
}

/// LibTorch's operations, one after the other, in float64.
std::vector<torch::Tensor> expected(const BatchNorm& like, const torch::Tensor& images, const torch::Tensor& shortcut,
                                    Form form, const torch::Tensor& weights) {
  torch::nn::BatchNorm2d norm(images.size(1));
  norm->to(torch::kDouble);
  {
    const torch::NoGradGuard no_gradient;
    norm->weight.copy_(like->weight);
    norm->bias.copy_(like->bias);
  }
  return outcome(norm, images.to(torch::kDouble), shortcut.to(torch::kDouble), form, weights.to(torch::kDouble),
                 [&](auto& n, const auto& x, const auto& added) {
                   const auto y = n(x);
                   return form == Form::kPlain ? y : form == Form::kRectified ? y.relu() : (y + added).relu();
                 });
}

std::vector<torch::Tensor> ours(BatchNorm& norm, const torch::Tensor& images, const torch::Tensor& shortcut, Form form,
                                const torch::Tensor& weights) {
  return outcome(norm, images, shortcut, form, weights, [&](auto& n, const auto& x, const auto& added) {
    return form == Form::kPlain ? n(x) : form == Form::kRectified ? n->rectified(x) : n->rectified(x, added);
  });
}

BatchNorm make_norm(std::int64_t channels) {
  BatchNorm norm(channels);
  const torch::NoGradGuard no_gradient;
  norm->weight.normal_();
  norm->bias.normal_();
  return norm;
}

double relative_error(const torch::Tensor& value, const torch::Tensor& truth) {
  return ((value.to(torch::kDouble) - truth).abs().max() / truth.abs().max()).item<double>();
}

}  // namespace

TEST_CASE("fused batch norm gives and takes what separate operations do, for any number of channels") {
  torch::manual_seed(3);
  for (const std::int64_t channels : {1, 3, 16, 48, 300}) {
    for (const auto form : {Form::kPlain, Form::kRectified, Form::kAdded}) {
      CAPTURE(channels);
      CAPTURE(static_cast<int>(form));
      // 17 · 19 · 21 rows: several blocks, the last one not full.
      const auto images = in_order(torch::randn({17, channels, 19, 21}) * 3 + 7);
      const auto shortcut = in_order(torch::randn(images.sizes())), weights = in_order(torch::randn(images.sizes()));
      REQUIRE(suits_fused_norm(images));
      auto norm = make_norm(channels);
      const auto truth = expected(norm, images, shortcut, form, weights);
      const auto found = ours(norm, images, shortcut, form, weights);
      REQUIRE(found.size() == truth.size());
      // Float32's rounding (6e-8) of a few operations, and of sums of 64 values of one size.
      for (std::size_t i = 0; i < truth.size(); ++i) {
        CAPTURE(i);
        CHECK(relative_error(found[i], truth[i]) < 5e-6);
      }
      CHECK(norm->num_batches_tracked.item<std::int64_t>() == 1);
    }
  }
}

TEST_CASE("a large mean costs the variance no digits") {
  torch::manual_seed(4);
  const auto images = in_order(torch::randn({8, 4, 16, 16}) + 1000);
  const auto truth = images.to(torch::kDouble).var({0, 2, 3}, false);
  const auto moments = moments_of(images);
  for (std::size_t c = 0; c < 4; ++c) {
    // Each x is a multiple of 6e-5 here; a sum of squares about 0 would be off by more than the variance.
    CHECK(moments.second[static_cast<std::int64_t>(c)].item<double>() ==
          doctest::Approx(truth[static_cast<std::int64_t>(c)].item<double>()).epsilon(1e-5));
  }
}

TEST_CASE("moments, values and gradients have the same bits for any number of threads") {
  torch::manual_seed(5);
  const auto images = in_order(torch::randn({40, 8, 20, 20})), weights = in_order(torch::randn(images.sizes()));
  const auto threads = at::get_num_threads();
  std::vector<std::vector<torch::Tensor>> found;
  for (const int number : {1, 2, 3}) {
    at::set_num_threads(number);
    torch::manual_seed(6);
    auto norm = make_norm(8);
    found.push_back(ours(norm, images, images, Form::kAdded, weights));
  }
  at::set_num_threads(threads);
  for (std::size_t i = 0; i < found[0].size(); ++i) {
    CHECK(torch::equal(found[0][i], found[1][i]));
    CHECK(torch::equal(found[0][i], found[2][i]));
  }
}

TEST_CASE("a gradient may come back in another order or spread from one value") {
  torch::manual_seed(7);
  const auto images = in_order(torch::randn({6, 5, 4, 4}));
  auto norm = make_norm(5);
  const auto pooled = [&](auto& n, const auto& x, const auto&) { return n->rectified(x).mean({2, 3}); };
  const auto found = outcome(norm, images, images, Form::kRectified, torch::ones({6, 5}), pooled);
  auto other = make_norm(5);
  {
    const torch::NoGradGuard no_gradient;
    other->weight.copy_(norm->weight);
    other->bias.copy_(norm->bias);
  }
  const auto truth = expected(other, images, images, Form::kRectified, torch::full_like(images, 1.0 / 16));
  CHECK(relative_error(found[1], truth[1]) < 5e-6);
}

TEST_CASE("what is no number is not hidden by the rectifier") {
  auto images = in_order(torch::randn({4, 2, 3, 3}));
  images[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  auto norm = make_norm(2);
  CHECK(norm->rectified(images).isnan().any().item<bool>());
}

TEST_CASE("other types, orders and modes take LibTorch's operations, with its bits") {
  torch::manual_seed(8);
  const auto images = torch::randn({6, 5, 4, 4});
  CHECK(!suits_fused_norm(images));
  CHECK(!suits_fused_norm(in_order(images.to(torch::kDouble))));
  CHECK(!suits_fused_norm(in_order(images.to(torch::kBFloat16))));
  CHECK(!suits_fused_norm(in_order(torch::randn({1, 5, 1, 1}))));
  auto norm = make_norm(5);
  norm->eval();
  const auto y = torch::batch_norm(images, norm->weight, norm->bias, norm->running_mean, norm->running_var, false, 0.1,
                                   1e-5, true);
  CHECK(torch::equal(norm(images), y));
  CHECK(torch::equal(norm->rectified(images, images), (y + images).relu()));
  CHECK(torch::equal(norm->rectified(in_order(images)), norm(in_order(images)).relu()));
}

TEST_CASE("shared batch norm takes the same passes over the orientations of a channel") {
  torch::manual_seed(9);
  const auto maps = in_order(torch::randn({3, 4 * 2, 5, 5})), added = in_order(torch::randn(maps.sizes()));
  GroupBatchNorm norm(2), same(2);
  const auto y = norm->rectified(maps, added);
  CHECK(torch::allclose(y, (same(maps) + added).relu(), 0, 1e-6));
  CHECK(y.sizes() == maps.sizes());
}
