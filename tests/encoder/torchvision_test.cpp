// The same weights and the same image give the features that torchvision's networks give. Both sides make weights and
// image from names and places; torchvision's features are in data/, with the script that wrote them.

#include <cmath>
#include <fstream>
#include <map>

#include <torch/nn/module.h>
#include <torch/utils.h>

#include "encoder/encoder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Numbers in [0, 1): the hash of make_torchvision_features.py.
torch::Tensor uniform(const std::string& name, at::IntArrayRef shape) {
  std::uint32_t seed = 0;
  for (const char character : name) seed = seed * 31 + static_cast<unsigned char>(character);
  auto values = torch::empty(shape, torch::kDouble);
  auto* value = values.data_ptr<double>();
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    auto x = static_cast<std::uint32_t>(i + 1) * 2654435761U ^ seed;
    x = (x ^ x >> 16) * 0x7FEB352DU;
    x = (x ^ x >> 15) * 0x846CA68BU;
    value[i] = static_cast<double>(x ^ x >> 16) / 4294967296.0;
  }
  return values;
}

void fill(torch::nn::Module& module) {
  const auto put = [](const std::string& name, torch::Tensor tensor) {
    if (name.ends_with("num_batches_tracked")) return;
    auto value = uniform(name, tensor.sizes());
    if (tensor.dim() == 4) {
      const auto fan_in = static_cast<double>(tensor[0].numel());
      value = (value - 0.5) * std::sqrt(24 / fan_in);
    } else {
      value += name.ends_with("weight") || name.ends_with("running_var") ? 0.5 : -0.5;
    }
    tensor.copy_(value);
  };
  for (const auto& item : module.named_parameters()) put(item.key(), item.value());
  for (const auto& item : module.named_buffers()) put(item.key(), item.value());
}

std::map<std::string, std::map<std::int64_t, double>> stored_features() {
  std::ifstream file(EQUINFO_SOURCE_DIR "/tests/encoder/data/torchvision_features.csv");
  std::map<std::string, std::map<std::int64_t, double>> features;
  std::string network, feature, value;
  std::getline(file, value);
  while (std::getline(file, network, ',') && std::getline(file, feature, ',') && std::getline(file, value)) {
    features[network][std::stoll(feature)] = std::stod(value);
  }
  return features;
}

void check_features(const std::string& network, const EncoderOptions& options) {
  const torch::NoGradGuard no_gradient;
  auto encoder = make_encoder(options);
  encoder->to(torch::kDouble);
  encoder->eval();
  fill(*encoder);
  const auto z = encoder->forward(uniform("image", {1, 3, 32, 32}))[0];
  const auto expected = stored_features().at(network);
  CHECK(expected.size() == 128);
  CHECK(z.size(0) == (network == "resnet50" ? 2048 : 512));
  const double largest = z.abs().max().item<double>();
  for (const auto& [feature, value] : expected) {
    // Sums in another order, through up to 50 layers in float64.
    CHECK(std::abs(z[feature].item<double>() - value) < 1e-11 * largest);
  }
}

}  // namespace

TEST_CASE("torchvision's resnet18, as it is and with a 3 × 3 stem, gives the same features") {
  EncoderOptions options;
  check_features("resnet18_3x3", options);
  options.stem = "7x7";
  check_features("resnet18", options);
}

TEST_CASE("torchvision's resnet50 gives the same features") {
  EncoderOptions options;
  options.stem = "7x7";
  options.block = "bottleneck";
  options.blocks = {3, 4, 6, 3};
  check_features("resnet50", options);
}
