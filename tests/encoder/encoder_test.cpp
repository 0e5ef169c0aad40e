#include <ATen/CPUGeneratorImpl.h>

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

const ResNetOptions kSmall{1, 4, {1, 2}, ResNetStem::k3x3};

}  // namespace

TEST_CASE("resnet18 has the parameters of the original") {
  // By hand, convolutions and two batch norm parameters a channel. Stem: 3·9·64 + 128 = 1,856. Stage 1: four times
  // 64·64·9 + 128. Stage s = 2, 3, 4 of width w: w/2·w·9 + 3·w·w·9 for the 3 × 3 convolutions, w/2·w for the shortcut,
  // 5·2w for batch norms.
  std::int64_t expected = 3 * 9 * 64 + 128 + 4 * (64 * 64 * 9 + 128);
  for (const std::int64_t w : {128, 256, 512}) expected += w / 2 * w * 9 + 3 * w * w * 9 + w / 2 * w + 5 * 2 * w;
  CHECK(expected == 11168832);
  CHECK(parameter_count(*ResNet(ResNetOptions{})) == expected);
  // The published network for photographs has 11,689,512 parameters, of which 512·1000 + 1000 are its classifier; its
  // stem has 7·7 − 3·3 more weights for each of 3 · 64 pairs of channels.
  CHECK(expected == 11689512 - 513000 - (49 - 9) * 3 * 64);
  ResNetOptions photographs;
  photographs.stem = ResNetStem::k7x7;
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
  const auto dims = layer_dims(kSmall);
  CHECK(names == std::vector<std::string>{"stem", "layer1", "layer2", "encoder"});
  CHECK(dims == std::vector<std::int64_t>{4, 4, 8, 8});
  REQUIRE(layers.size() == names.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    CHECK(layers[i].sizes() == at::IntArrayRef({5, dims[i]}));
  }
  CHECK(torch::equal(layers.back(), encoder->forward(images)));
  CHECK(encoder_dims(ResNetOptions{}) == 512);
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
  ResNetOptions options = kSmall;
  options.stem = ResNetStem::k7x7;
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
  auto paper = transform_head(512, 4, {2048});
  CHECK(parameter_count(*paper) == 512 * 2048 + 2048 + 2048 * 4 + 4);
  CHECK(paper->forward(torch::rand({3, 512})).sizes() == at::IntArrayRef({3, 4}));
  auto linear = transform_head(512, 24, {0});
  CHECK(parameter_count(*linear) == 512 * 24 + 24);
}

TEST_CASE("a network without stages or with too many is refused") {
  ResNetOptions options;
  options.blocks.clear();
  CHECK_THROWS_WITH_AS(ResNet{options}, "encoder: 0 stages, but there must be 1 to 6", std::invalid_argument);
}
