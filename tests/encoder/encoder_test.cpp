#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "encoder/heads.h"
#include "encoder/resnet.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

std::int64_t parameter_count(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

at::Generator generator_of(std::uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

EncoderOptions small_options() {
  EncoderOptions options;
  options.width = 4;
  options.blocks = {1, 2};
  options.image = {1, 28, 28};
  return options;
}

const EncoderOptions kSmall = small_options();

}  // namespace

TEST_CASE("resnet18 has the parameters of the original") {
  // By hand, convolutions and two batch norm parameters a channel. Stem: 3·9·64 + 128 = 1,856. Stage 1: four times
  // 64·64·9 + 128. Stage s = 2, 3, 4 of width w: w/2·w·9 + 3·w·w·9 for the 3 × 3 convolutions, w/2·w for the shortcut,
  // 5·2w for batch norms.
  std::int64_t expected = 3 * 9 * 64 + 128 + 4 * (64 * 64 * 9 + 128);
  for (const std::int64_t w : {128, 256, 512}) expected += w / 2 * w * 9 + 3 * w * w * 9 + w / 2 * w + 5 * 2 * w;
  CHECK(expected == 11168832);
  CHECK(parameter_count(*ResNet(EncoderOptions{})) == expected);
  // The published network for photographs has 11,689,512 parameters, of which 512·1000 + 1000 are its classifier; its
  // stem has 7·7 − 3·3 more weights for each of 3 · 64 pairs of channels.
  CHECK(expected == 11689512 - 513000 - (49 - 9) * 3 * 64);
  EncoderOptions photographs;
  photographs.stem = "7x7";
  CHECK(parameter_count(*ResNet(photographs)) == 11689512 - 513000);
}

TEST_CASE("parameters and buffers are named as in torchvision") {
  const ResNet encoder(kSmall);
  std::vector<std::string> names = encoder->named_parameters().keys();
  for (const auto& name : encoder->named_buffers().keys()) names.push_back(name);
  for (const std::string name :
       {"conv1.weight", "bn1.bias", "bn1.running_mean", "layer1.0.conv1.weight", "layer1.0.bn2.weight",
        "layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_var", "layer2.1.conv2.weight",
        "layer2.1.bn1.num_batches_tracked"}) {
    CHECK_MESSAGE(std::find(names.begin(), names.end(), name) != names.end(), name);
  }
  CHECK(std::find(names.begin(), names.end(), "layer1.0.downsample.0.weight") == names.end());
}

TEST_CASE("layers: names, widths, shapes, and the last is what forward gives") {
  const torch::NoGradGuard no_gradient;
  ResNet encoder(kSmall);
  encoder->eval();
  const auto images = torch::rand({5, 1, 28, 28});
  const auto layers = encoder->forward_layers(images);
  const auto names = layer_names(kSmall);
  const auto dims = encoder->layer_dims();
  CHECK(names == std::vector<std::string>{"stem", "layer1", "layer2", "encoder"});
  CHECK(dims == std::vector<std::int64_t>{4, 4, 8, 8});
  REQUIRE(layers.size() == names.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    CHECK(layers[i].sizes() == at::IntArrayRef({5, dims[i]}));
  }
  CHECK(torch::equal(layers.back(), encoder->forward(images)));
  CHECK(ResNet(EncoderOptions{})->dims() == 512);
}

TEST_CASE("a block with silent convolutions is the ReLU of its shortcut") {
  const torch::NoGradGuard no_gradient;
  BasicBlock block(3, 3, 1);
  block->eval();
  for (auto& item : block->named_parameters()) {
    if (item.key().find("conv") != std::string::npos) item.value().zero_();
  }
  const auto x = torch::randn({2, 3, 5, 5});
  CHECK(torch::equal(block->forward(x), torch::relu(x)));
}

TEST_CASE("stages halve the image, the stem for photographs quarters it first") {
  const torch::NoGradGuard no_gradient;
  EncoderOptions options = kSmall;
  options.stem = "7x7";
  ResNet encoder(options);
  encoder->eval();
  CHECK(encoder->forward(torch::rand({2, 1, 64, 64})).sizes() == at::IntArrayRef({2, 8}));
  BasicBlock block(4, 8, 2);
  CHECK(block->forward(torch::rand({2, 4, 7, 8})).sizes() == at::IntArrayRef({2, 8, 4, 4}));
}

TEST_CASE("initial weights depend on the generator alone and have the variance of He et al.") {
  ResNet first(kSmall), second(kSmall), third(kSmall);
  auto a = generator_of(1), same = generator_of(1), b = generator_of(2);
  initialize(*first, a);
  initialize(*second, same);
  initialize(*third, b);
  const auto p = first->parameters(), q = second->parameters(), r = third->parameters();
  for (std::size_t i = 0; i < p.size(); ++i) CHECK(torch::equal(p[i], q[i]));
  CHECK(!torch::equal(p[0], r[0]));
  torch::nn::Conv2d wide(torch::nn::Conv2dOptions(64, 64, 3).bias(false));
  initialize(*wide, a);
  // Variance 2 / (64 · 9) of 36,864 weights: the relative standard error of a variance is √(2/n) = .0074; four of them.
  CHECK(wide->weight.var().item<double>() == doctest::Approx(2.0 / 576).epsilon(0.03));
  torch::nn::Linear linear(100, 50);
  initialize(*linear, a);
  CHECK(linear->weight.abs().max().item<double>() <= 0.1);
  CHECK(linear->weight.abs().max().item<double>() > 0.09);
}

TEST_CASE("heads: two layers as in the paper, or one") {
  auto paper = mlp_head(512, 4, {2048});
  CHECK(parameter_count(*paper) == 512 * 2048 + 2048 + 2048 * 4 + 4);
  CHECK(paper->forward(torch::rand({3, 512})).sizes() == at::IntArrayRef({3, 4}));
  auto linear = mlp_head(512, 24, {0});
  CHECK(parameter_count(*linear) == 512 * 24 + 24);
}

TEST_CASE("a network without stages or with too many is refused") {
  EncoderOptions options;
  options.blocks.clear();
  CHECK_THROWS_WITH_AS(make_encoder(options), "encoder: 0 stages, but there must be 1 to 6", std::invalid_argument);
}

TEST_CASE("every kind and preset: layers as announced, the last is what forward gives") {
  const torch::NoGradGuard no_gradient;
  for (const auto& kind : encoder_kinds()) {
    CAPTURE(kind.name);
    CHECK(!kind.summary.empty());
    EncoderOptions options;
    options.kind = kind.name;
    options.width = 12;
    options.blocks = {1, 2};
    options.image = {3, 16, 16};
    auto encoder = make_encoder(options);
    encoder->eval();
    const auto images = torch::rand({2, 3, 16, 16});
    const auto layers = encoder->forward_layers(images);
    REQUIRE(layers.size() == layer_names(options).size());
    REQUIRE(layers.size() == encoder->layer_dims().size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
      CHECK(layers[i].sizes() == at::IntArrayRef({2, encoder->layer_dims()[i]}));
    }
    CHECK(torch::equal(layers.back(), encoder->forward(images)));
  }
}

TEST_CASE("resnet50 has the parameters of the original, and its stride in the 3 × 3") {
  EncoderOptions options;
  options.stem = "7x7";
  options.block = "bottleneck";
  options.blocks = {3, 4, 6, 3};
  // The published network has 25,557,032 parameters, of which 2048 · 1000 + 1000 are its classifier.
  CHECK(parameter_count(*make_encoder(options)) == 25557032 - 2049000);
  const torch::NoGradGuard no_gradient;
  torch::manual_seed(1);
  // With few channels, ReLU may silence all of them.
  Bottleneck block(8, 16, 2);
  block->eval();
  const auto x = torch::rand({1, 8, 6, 6});
  const auto before = block->forward(x);
  // A 1 × 1 convolution of stride 2 would never see the second row and column.
  auto changed = x.clone();
  changed.select(2, 1).add_(1);
  CHECK(!torch::equal(before, block->forward(changed)));
}

TEST_CASE("flattened maps keep their positions") {
  const torch::NoGradGuard no_gradient;
  auto options = kSmall;
  options.position_pool = "flatten";
  auto encoder = make_encoder(options);
  encoder->eval();
  const auto images = torch::rand({2, 1, 28, 28});
  CHECK(encoder->dims() == 8 * 14 * 14);
  const auto layers = encoder->forward_layers(images);
  CHECK(torch::allclose(layers[3].view({2, 8, 14, 14}).mean({2, 3}), layers[2], 0, 1e-6));
}

TEST_CASE("dropout: its share and its scale, in training alone, by its seed alone") {
  const auto x = torch::ones({100, 100});
  SeededDropout dropout(0.2);
  CHECK(torch::equal(std::get<0>(torch::_unique2(dropout->forward(x))), torch::tensor({0.0F, 1.25F})));
  dropout->seed(1);
  const auto first = dropout->forward(x), second = dropout->forward(x);
  CHECK(!torch::equal(first, second));
  dropout->seed(1);
  CHECK(torch::equal(dropout->forward(x), first));
  // 10,000 draws of standard deviation 0.4: four standard errors of their mean are .016, times 1.25.
  CHECK(first.mean().item<double>() == doctest::Approx(1).epsilon(0.02));
  dropout->eval();
  CHECK(torch::equal(dropout->forward(x), x));
}

TEST_CASE("dropout in an encoder: seeded as a whole, layers apart") {
  auto options = kSmall;
  options.dropout = 0.5;
  auto encoder = make_encoder(options);
  const auto images = torch::rand({4, 1, 28, 28});
  encoder->seed_dropout(5);
  const auto first = encoder->forward(images);
  CHECK(!torch::equal(encoder->forward(images), first));
  encoder->seed_dropout(5);
  CHECK(torch::equal(encoder->forward(images), first));
}

TEST_CASE("a vision transformer without positions does not see the order of its patches") {
  const torch::NoGradGuard no_gradient;
  EncoderOptions options;
  options.kind = "vit";
  options.width = 12;
  options.blocks = {1, 1};
  options.image = {1, 8, 8};
  auto encoder = make_encoder(options);
  encoder->to(torch::kDouble);
  encoder->eval();
  const auto images = torch::rand({2, 1, 8, 8}, torch::kDouble);
  const auto turned = torch::cat({images.narrow(3, 4, 4), images.narrow(3, 0, 4)}, 3);
  CHECK(!torch::allclose(encoder->forward(images), encoder->forward(turned), 0, 1e-9));
  encoder->named_parameters()["positions.weight"].zero_();
  CHECK(torch::allclose(encoder->forward(images), encoder->forward(turned), 0, 1e-12));
}

TEST_CASE("encoders refuse what they cannot be") {
  const auto refused = [](auto change, const char* message) {
    auto options = kSmall;
    change(options);
    CHECK_THROWS_WITH_AS(make_encoder(options), message, std::invalid_argument);
  };
  refused([](auto& o) { o.kind = "resnets"; },
          "encoder: kind \"resnets\" is unknown; the nearest known one is \"resnet\"");
  refused([](auto& o) { o.blocks = {1, 0}; }, "encoder: a stage of 0 blocks");
  refused([](auto& o) { o.width = 0; }, "encoder: width = 0, but it must be at least 1");
  refused([](auto& o) { o.stem = "5x5"; }, "encoder: stem = \"5x5\", but it must be 3x3 or 7x7");
  refused([](auto& o) { o.dropout = 1; }, "encoder: dropout = 1, but it must be in [0, 1)");
  refused([](auto& o) { o.block = "wide"; }, "encoder: block = \"wide\", but it must be basic or bottleneck");
  refused([](auto& o) { o.block = "bottleneck", o.dropout = 0.5; },
          "encoder: dropout = 0.5, but bottleneck blocks have none");
  refused([](auto& o) { o.kind = "vit", o.patch = 5; }, "encoder: patches of 5 × 5 do not tile images of 28 × 28");
  refused([](auto& o) { o.kind = "vit"; }, "encoder.heads = 3 does not divide encoder.width = 4");
  refused([](auto& o) { o.kind = "vit", o.heads = 2, o.position_pool = "flatten"; },
          "encoder: vit has position_pool mean only, not \"flatten\"");
  refused([](auto& o) { o.kind = "vit", o.heads = 2, o.dropout = 0.1; }, "encoder: dropout = 0.1, but vit has none");
}
