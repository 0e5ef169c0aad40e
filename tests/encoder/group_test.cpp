// Everything that group encoders promise: they commute with rotations by 90° and mirrors. Sums of integers are exact in
// any order, so with integer weights and inputs "equal" means equal bits. One thread (OMP_NUM_THREADS=1 of every test).

#include <map>

#include <fmt/format.h>

#include <ATen/CPUGeneratorImpl.h>

#include "encoder/group_convolution.h"
#include "encoder/group_resnet.h"
#include "encoder/heads.h"
#include "encoder/point_group.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

const std::vector<PointGroup> kGroups{{false}, {true}};

torch::Tensor small_integers(at::IntArrayRef shape, at::Generator& generator) {
  return torch::randint(-3, 4, shape, generator, torch::TensorOptions(torch::kFloat));
}

at::Generator generator_of(std::uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

void fill_with_integers(torch::nn::Module& module, at::Generator& generator) {
  const torch::NoGradGuard no_gradient;
  for (auto& parameter : module.parameters()) parameter.copy_(small_integers(parameter.sizes(), generator));
}

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

/// Largest difference of two tensors over the largest value.
double relative_error(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).abs().max() / a.abs().max()).item<double>();
}

/// Whether an element moves the places that a convolution of stride 2 looks at onto each other.
bool keeps_even_places(std::int64_t size, std::int64_t g) {
  const auto even = torch::arange(size).remainder(2).eq(0);
  const auto places = even.unsqueeze(0).logical_and(even.unsqueeze(1));
  return torch::equal(act_on_plane(places, g), places);
}

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
