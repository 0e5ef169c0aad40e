// What whole group encoders promise, and of which form they are. One thread (OMP_NUM_THREADS=1 of every test).

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

EncoderOptions small_options(const std::string& kind, std::int64_t size) {
  EncoderOptions options;
  options.kind = kind;
  options.match = "none";
  options.width = 3;
  options.blocks = {1, 1, 1};
  options.image = {2, size, size};
  return options;
}

PointGroup group_of(const std::string& kind) { return {kind == "p4m_resnet"}; }

/// Random batch norm statistics and affine maps, as after training.
void shake_norms(torch::nn::Module& module, at::Generator& generator) {
  const torch::NoGradGuard no_gradient;
  for (const auto& child : module.modules()) {
    auto* norm = child->as<torch::nn::BatchNorm2d>();
    if (norm == nullptr) continue;
    norm->running_mean.normal_(0, 0.3, generator);
    norm->running_var.uniform_(0.5, 2, generator);
    norm->weight.uniform_(-1, 2, generator);
    norm->bias.normal_(0, 0.3, generator);
  }
}

/// Largest relative error over g of z(L_g x) against L_g z(x), where z keeps the orientations: maps for "flatten".
double encoder_error(Encoder& encoder, const EncoderOptions& options, const torch::Tensor& images) {
  const torch::NoGradGuard no_gradient;
  const auto group = group_of(options.kind);
  const auto size = last_map_size(options, options.image.height);
  const auto maps = [&](const torch::Tensor& z) { return z.view({z.size(0), -1, size, size}); };
  const auto z = maps(encoder->forward(images));
  double largest = 0;
  for (std::int64_t g = 0; g < group.order(); ++g) {
    const auto moved = maps(encoder->forward(act_on_plane(images, g)));
    const auto expected = options.group_pool == "max" ? act_on_plane(z, g) : act_on_features(z, group, g);
    largest = std::max(largest, relative_error(expected, moved));
  }
  return largest;
}

}  // namespace

TEST_CASE(
    "whole networks commute with every element to rounding, at even and odd sizes, with either order of pooling") {
  for (const std::string kind : {"p4_resnet", "p4m_resnet"}) {
    for (const std::int64_t size : {16, 14, 9}) {
      for (const bool pool_first : {false, true}) {
        for (const std::string stem : {"3x3", "7x7"}) {
          CAPTURE(kind);
          CAPTURE(size);
          CAPTURE(stem);
          auto options = small_options(kind, size);
          options.pool_first = pool_first;
          options.stem = stem;
          options.position_pool = "flatten";
          options.group_pool = pool_first ? "max" : "none";
          auto generator = generator_of(7);
          auto encoder = make_encoder(options);
          initialize(*encoder, generator);
          shake_norms(*encoder, generator);
          encoder->eval();
          const auto images = torch::randn({2, 2, size, size}, generator);
          CHECK(encoder_error(encoder, options, images) <= 1e-5);
          encoder->to(torch::kDouble);
          CHECK(encoder_error(encoder, options, images.to(torch::kDouble)) <= 1e-14);
        }
      }
    }
  }
}

TEST_CASE("they still do after batch norm in training, a gradient and a step of the optimizer") {
  for (const std::string kind : {"p4_resnet", "p4m_resnet"}) {
    auto options = small_options(kind, 8);
    options.position_pool = "flatten";
    auto generator = generator_of(8);
    auto encoder = make_encoder(options);
    initialize(*encoder, generator);
    torch::optim::SGD optimizer(encoder->parameters(), torch::optim::SGDOptions(0.1).momentum(0.9).nesterov(true));
    const auto images = torch::randn({8, 2, 8, 8}, generator);
    const auto target = torch::randn({8, encoder->dims()}, generator);
    const auto before = encoder->parameters().front().detach().clone();
    (encoder->forward(images) - target).pow(2).mean().backward();
    for (const auto& parameter : encoder->parameters()) CHECK(parameter.grad().abs().max().item<double>() > 0);
    optimizer.step();
    CHECK(!torch::equal(before, encoder->parameters().front()));
    encoder->eval();
    CHECK(encoder_error(encoder, options, images) <= 1e-5);
    encoder->to(torch::kDouble);
    CHECK(encoder_error(encoder, options, images.to(torch::kDouble)) <= 1e-14);
    // In training, too: statistics of a moved batch are those of the batch.
    encoder->train();
    CHECK(encoder_error(encoder, options, images.to(torch::kDouble)) <= 1e-13);
  }
}

TEST_CASE("the gradient commutes as well: a moved image's is the moved gradient") {
  for (const auto& group : kGroups) {
    auto generator = generator_of(9);
    GroupConvolution convolution(group, GroupInput::kImage, 2, 3, 3);
    fill_with_integers(*convolution, generator);
    const auto x = small_integers({2, 2, 6, 6}, generator);
    const auto f = convolution->forward(x);
    const auto target = small_integers(f.sizes(), generator);
    const auto gradient = [&](std::int64_t g) {
      convolution->zero_grad();
      (convolution->forward(act_on_plane(x, g)) * act_on_features(target, group, g)).sum().backward();
      return convolution->weight.grad().clone();
    };
    const auto expected = gradient(0);
    CHECK(expected.abs().max().item<double>() > 0);
    for (std::int64_t g = 1; g < group.order(); ++g) CHECK(torch::equal(gradient(g), expected));
  }
}

TEST_CASE("heads: max and mean over positions is invariant, none keeps the orientation") {
  const torch::NoGradGuard no_gradient;
  for (const std::string kind : {"p4_resnet", "p4m_resnet"}) {
    auto options = small_options(kind, 8);
    const auto order = group_of(kind).order();
    auto generator = generator_of(10);
    auto invariant = make_encoder(options);
    initialize(*invariant, generator);
    invariant->eval();
    const auto images = torch::randn({2, 2, 8, 8}, generator);
    CHECK(relative_error(invariant->forward(images), invariant->forward(act_on_plane(images, order - 1))) < 1e-5);
    CHECK(invariant->layer_dims() == std::vector<std::int64_t>{3 * order, 3 * order, 6 * order, 12 * order, 12});
    options.group_pool = "none";
    auto plain = make_encoder(options);
    plain->eval();
    CHECK(plain->dims() == 12 * order);
    CHECK(relative_error(plain->forward(images), plain->forward(act_on_plane(images, 1))) > 0.01);
  }
}

TEST_CASE("widths: the paper's by parameters, plain channels by compute, the encoder's own") {
  EncoderOptions options;
  CHECK(group_width({false}, options) == 32);
  CHECK(group_width({true}, options) == 22);
  options.match = "compute";
  CHECK(group_width({false}, options) == 16);
  CHECK(group_width({true}, options) == 8);
  options.match = "none";
  CHECK(group_width({true}, options) == 64);
}

TEST_CASE("the paper's equivariant encoders: z of 4096 and 2816 values, parameters as in the plain one") {
  std::map<std::string, double> parameters;
  for (const auto& preset : encoder_presets()) {
    const auto encoder = make_encoder(preset.options);
    for (const auto& parameter : encoder->parameters()) {
      parameters[preset.name] += static_cast<double>(parameter.numel());
    }
    if (preset.name == "p4_resnet18") CHECK(encoder->dims() == 4096);
    if (preset.name == "p4m_resnet18") CHECK(encoder->dims() == 176 * 16);
    if (preset.name == "resnet50") CHECK(encoder->dims() == 2048);
    if (preset.name == "vit_small") CHECK(encoder->dims() == 192);
  }
  // Filters [C/√G, G, C/√G, 3, 3] have C² · 9 weights; stems, norms and roundings make the rest.
  CHECK(parameters["p4_resnet18"] / parameters["resnet18"] == doctest::Approx(1).epsilon(0.01));
  CHECK(parameters["p4m_resnet18"] / parameters["resnet18"] == doctest::Approx(1).epsilon(0.06));
}

TEST_CASE("initial filters have the variance of He et al. for the spread filters") {
  auto generator = generator_of(11);
  GroupConvolution convolution(PointGroup{false}, GroupInput::kFeatures, 32, 32, 3);
  initialize(*convolution, generator);
  // Variance 2 / (4 · 32 · 9) of 36,864 weights: relative standard error √(2/n) = .0074; four of them.
  CHECK(convolution->weight.var().item<double>() == doctest::Approx(2.0 / 1152).epsilon(0.03));
}

TEST_CASE("group encoders refuse what they cannot be") {
  const auto refused = [](auto change, const char* message) {
    auto options = small_options("p4m_resnet", 8);
    change(options);
    CHECK_THROWS_WITH_AS(make_encoder(options), message, std::invalid_argument);
  };
  refused([](auto& o) { o.image.width = 12; }, "encoder: p4m_resnet needs square images, but these are 8 × 12");
  refused([](auto& o) { o.block = "bottleneck"; }, "encoder: p4m_resnet has basic blocks only, not \"bottleneck\"");
  refused([](auto& o) { o.match = "compute"; }, "encoder: width = 3 leaves no channel for each of 8 orientations");
  refused([](auto& o) { o.match = "size"; }, "encoder: match = \"size\", but it must be parameters, compute or none");
  refused([](auto& o) { o.group_pool = "mean"; }, "encoder: group_pool = \"mean\", but it must be max or none");
  refused([](auto& o) { o.position_pool = "max"; }, "encoder: position_pool = \"max\", but it must be mean or flatten");
}
