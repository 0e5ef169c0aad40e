// What the GPU computes is what the CPU computes. Without a GPU every case says so and passes over.

#include <algorithm>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/cuda.h>
#include <torch/utils.h>

#include "cuda/device.h"
#include "encoder/resnet.h"
#include "transform/transform.h"

#include <doctest/doctest.h>

using namespace equinfo;

bool have_cuda() {
  if (torch::cuda::is_available()) return true;
  MESSAGE("no CUDA device here: skipped");
  return false;
}

TEST_CASE("cuda: every transformation gives the same bytes as on the CPU") {
  if (!have_cuda()) return;
  torch::manual_seed(1);
  const auto images = torch::randint(0, 256, {24, 3, 8, 8}, torch::kUInt8);
  for (const Transform& transform : transforms()) {
    CAPTURE(transform.name);
    auto generator = at::make_generator<at::CPUGeneratorImpl>(2);
    const auto labels = transform.draw_labels(24, generator), noise = transform.draw_noise(24, generator);
    const auto there = transform.apply(images.to(torch::kCUDA), labels.to(torch::kCUDA), noise.to(torch::kCUDA)).cpu();
    // Sums in another order may round to the next byte.
    const auto apart = (there.to(torch::kInt) - transform.apply(images, labels, noise).to(torch::kInt)).abs();
    CHECK(apart.max().item<int>() <= 1);
    CHECK(apart.to(torch::kFloat).mean().item<float>() < 0.001);
  }
}

TEST_CASE("cuda: a residual network's features agree with the CPU's to float32 rounding") {
  if (!have_cuda()) return;
  torch::manual_seed(1);
  // TF32 would keep ten bits of each factor.
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setAllowTF32CuDNN(false);
  EncoderOptions options;
  options.width = 8;
  options.blocks = {1, 1};
  ResNet network(options);
  network->eval();
  const torch::NoGradGuard no_gradient;
  const auto images = torch::randn({16, options.image.channels, 16, 16});
  const auto here = network->forward(images);
  network->to(torch::kCUDA);
  const auto there = network->forward(images.to(torch::kCUDA)).cpu();
  // Sums of up to 8 · 9 · 16 products in another order: 1e-5 of the largest value.
  CHECK((here - there).abs().max().item<float>() < 1e-5F * std::max(1.0F, here.abs().max().item<float>()));
}
