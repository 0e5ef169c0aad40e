#include "encoder/resnet.h"

#include "core/error.h"

namespace equinfo {
namespace {

torch::nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

torch::Tensor mean_over_positions(const torch::Tensor& maps) { return maps.mean({2, 3}); }

torch::nn::Sequential stage_of(std::int64_t in, std::int64_t out, std::int64_t blocks, std::int64_t stride) {
  torch::nn::Sequential stage;
  for (std::int64_t block = 0; block < blocks; ++block) {
    stage->push_back(BasicBlock(block == 0 ? in : out, out, block == 0 ? stride : 1));
  }
  return stage;
}

}  // namespace

BasicBlockImpl::BasicBlockImpl(std::int64_t channels_in, std::int64_t channels_out, std::int64_t stride)
    : conv1_(convolution(channels_in, channels_out, 3, stride)),
      conv2_(convolution(channels_out, channels_out, 3, 1)),
      bn1_(channels_out),
      bn2_(channels_out) {
  register_module("conv1", conv1_);
  register_module("bn1", bn1_);
  register_module("conv2", conv2_);
  register_module("bn2", bn2_);
  if (stride != 1 || channels_in != channels_out) {
    downsample_ =
        torch::nn::Sequential(convolution(channels_in, channels_out, 1, stride), torch::nn::BatchNorm2d(channels_out));
    register_module("downsample", downsample_);
  }
}

torch::Tensor BasicBlockImpl::forward(const torch::Tensor& x) {
  const auto shortcut = downsample_.is_empty() ? x : downsample_->forward(x);
  const auto hidden = bn1_(conv1_(x)).relu_();
  return bn2_(conv2_(hidden)).add_(shortcut).relu_();
}

ResNetImpl::ResNetImpl(const ResNetOptions& options)
    : stem_(options.stem),
      conv1_(options.stem == ResNetStem::k3x3 ? convolution(options.channels, options.width, 3, 1)
                                              : convolution(options.channels, options.width, 7, 2)),
      bn1_(options.width) {
  require(!options.blocks.empty() && options.blocks.size() <= 6, "encoder: {} stages, but there must be 1 to 6",
          options.blocks.size());
  register_module("conv1", conv1_);
  register_module("bn1", bn1_);
  std::int64_t channels = options.width;
  for (std::size_t stage = 0; stage < options.blocks.size(); ++stage) {
    const std::int64_t width = options.width << stage;
    stages_.push_back(stage_of(channels, width, options.blocks[stage], stage == 0 ? 1 : 2));
    register_module(fmt::format("layer{}", stage + 1), stages_.back());
    channels = width;
  }
}

torch::Tensor ResNetImpl::run_stem(const torch::Tensor& images) {
  const auto maps = bn1_(conv1_(images)).relu_();
  return stem_ == ResNetStem::k3x3 ? maps : torch::max_pool2d(maps, {3, 3}, {2, 2}, {1, 1});
}

torch::Tensor ResNetImpl::forward(const torch::Tensor& images) {
  auto maps = run_stem(images);
  for (auto& stage : stages_) maps = stage->forward(maps);
  return mean_over_positions(maps);
}

std::vector<torch::Tensor> ResNetImpl::forward_layers(const torch::Tensor& images) {
  auto maps = run_stem(images);
  std::vector<torch::Tensor> layers{mean_over_positions(maps)};
  for (auto& stage : stages_) {
    maps = stage->forward(maps);
    layers.push_back(mean_over_positions(maps));
  }
  layers.push_back(layers.back());
  return layers;
}

}  // namespace equinfo
