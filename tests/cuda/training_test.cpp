// Training on the GPU takes the steps it takes on the CPU. Without a GPU every case says so and passes over.

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/cuda.h>

#include "augment/augment.h"
#include "augment/simclr.h"
#include "cuda/device.h"
#include "encoder/encoder.h"
#include "encoder/heads.h"
#include "train/synthetic.h"
#include "train/trainer.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Trainer trained(const TrainConfig& config, torch::Device device, int steps) {
  Trainer trainer(config, to_device(synthetic_images(128, 1), device), 3);
  for (int i = 0; i < steps; ++i) trainer.step();
  return trainer;
}

/// The largest difference between the weights of two models.
double apart(Trainer& a, Trainer& b) {
  double largest = 0;
  const auto p = a.model()->parameters(), q = b.model()->parameters();
  for (std::size_t i = 0; i < p.size(); ++i) {
    largest = std::max(largest, (p[i].cpu() - q[i].cpu()).abs().max().item<double>());
  }
  return largest;
}

double apart_on_device(const TrainConfig& config, int steps) {
  auto here = trained(config, torch::kCPU, steps), there = trained(config, torch::kCUDA, steps);
  return apart(here, there);
}

/// How far the features of turned images are from the turned features, of the largest value: float32's rounding.
double turn_error(torch::Device device) {
  EncoderOptions options;
  options.kind = "p4_resnet";
  options.width = 8;
  options.blocks = {1, 1};
  options.image = {3, 16, 16};
  options.group_pool = "none";
  options.position_pool = "mean";
  auto encoder = make_encoder(options);
  auto generator = at::make_generator<at::CPUGeneratorImpl>(4);
  initialize(*encoder, generator);
  encoder->to(device);
  encoder->eval();
  const torch::NoGradGuard no_gradient;
  const auto images = torch::randn({4, 3, 16, 16}, generator).to(device);
  const auto z = encoder->forward(images).view({4, 4, -1});
  const auto turned = encoder->forward(images.rot90(1, {2, 3})).view({4, 4, -1});
  // Orientation s of a turned image is orientation s - 1 of the image.
  return ((turned - z.roll(1, 1)).abs().max() / z.abs().max()).item<double>();
}

}  // namespace

TEST_CASE("cuda: a step of every kind of encoder is the CPU's, to rounding") {
  if (!have_cuda()) return;
  for (const std::string kind : {"resnet", "p4_resnet", "p4m_resnet", "vit"}) {
    CAPTURE(kind);
    auto config = tiny_config();
    config.encoder.kind = kind;
    config.encoder.width = 12;
    // One step of rate .1 on gradients below 10, each float32's rounding of sums in another order.
    CHECK(apart_on_device(config, 1) < 1e-4);
  }
}

TEST_CASE("cuda: a step of every objective is the CPU's, to rounding") {
  if (!have_cuda()) return;
  for (const auto& name : objective_names()) {
    CAPTURE(name);
    auto config = tiny_config();
    config.objective.name = name;
    config.augment.name = "crop_flip";
    config.augment.padding = 1;
    CHECK(apart_on_device(config, 1) < 1e-4);
  }
}

TEST_CASE("cuda: SimCLR's augmentation by tensors is the CPU's by pixels, to rounding") {
  if (!have_cuda()) return;
  auto generator = at::make_generator<at::CPUGeneratorImpl>(3);
  const auto images = torch::randint(0, 256, {64, 3, 16, 16}, generator, torch::TensorOptions(torch::kUInt8));
  AugmentOptions options;
  options.height = options.width = 16;
  const auto draws = find_augment("simclr").draw(64, options, generator);
  const auto here = simclr_by_pixels(images, draws);
  const auto there = simclr_by_tensors(images.to(torch::kCUDA), draws.to(torch::kCUDA)).cpu();
  // Values are 0 … 255; where a hue is nearly undefined, rounding turns it.
  CHECK((here - there).abs().mean().item<float>() < 0.01F);
}

TEST_CASE("cuda: tf32, bf16 and fp16 train, and leave products of float32 exact behind them") {
  if (!have_cuda()) return;
  for (const std::string precision : {"tf32", "bf16", "fp16"}) {
    CAPTURE(precision);
    auto config = tiny_config();
    auto usual = trained(config, torch::kCUDA, 2);
    config.train.precision = precision;
    auto reduced = trained(config, torch::kCUDA, 2);
    for (int i = 0; i < 2; ++i) CHECK(std::isfinite(reduced.progress().losses[i].item<float>()));
    CHECK(apart(usual, reduced) < 0.1);  // gradients are off by some percent, but not by their size
    CHECK(!at::globalContext().allowTF32CuBLAS());
    CHECK(!at::globalContext().allowTF32CuDNN());
  }
}

TEST_CASE("cuda: a fused step is the usual one, to rounding") {
  if (!have_cuda() || !has_fused_sgd()) return;
  auto config = tiny_config();
  config.train.fused = "no";
  auto usual = trained(config, torch::kCUDA, 3);
  config.train.fused = "yes";
  auto fused = trained(config, torch::kCUDA, 3);
  CHECK(apart(usual, fused) < 1e-4);
}

TEST_CASE("cuda: group encoders commute with every turn there, too") {
  CHECK(turn_error(torch::kCPU) < 1e-5);
  if (torch::cuda::is_available()) CHECK(turn_error(torch::kCUDA) < 1e-5);
}
