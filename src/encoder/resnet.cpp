#include "encoder/resnet.h"

#include "core/error.h"
#include "encoder/kinds.h"

namespace equinfo {
namespace {

/// Channels that a bottleneck gives, for each of its width.
constexpr std::int64_t kExpansion = 4;

torch::nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

/// The shortcut of a block, registered as torchvision does; null where the input itself is added.
torch::nn::Sequential add_downsample(torch::nn::Module& block, std::int64_t in, std::int64_t out, std::int64_t stride) {
  if (stride == 1 && in == out) return nullptr;
  return block.register_module("downsample", torch::nn::Sequential(convolution(in, out, 1, stride), BatchNorm(out)));
}

}  // namespace

BasicBlockImpl::BasicBlockImpl(std::int64_t channels_in, std::int64_t channels_out, std::int64_t stride, double dropout)
    : conv1_(convolution(channels_in, channels_out, 3, stride)),
      conv2_(convolution(channels_out, channels_out, 3, 1)),
      bn1_(channels_out),
      bn2_(channels_out),
      dropout_(dropout) {
  register_module("conv1", conv1_);
  register_module("bn1", bn1_);
  if (dropout > 0) register_module("dropout", dropout_);
  register_module("conv2", conv2_);
  register_module("bn2", bn2_);
  downsample_ = add_downsample(*this, channels_in, channels_out, stride);
}

torch::Tensor BasicBlockImpl::forward(const torch::Tensor& x) {
  const auto shortcut = downsample_.is_empty() ? x : downsample_->forward(x);
  const auto hidden = bn1_->rectified(conv1_(x));
  return bn2_->rectified(conv2_(dropout_(hidden)), shortcut);
}

BottleneckImpl::BottleneckImpl(std::int64_t channels_in, std::int64_t width, std::int64_t stride)
    : conv1_(convolution(channels_in, width, 1, 1)),
      conv2_(convolution(width, width, 3, stride)),
      conv3_(convolution(width, kExpansion * width, 1, 1)),
      bn1_(width),
      bn2_(width),
      bn3_(kExpansion * width) {
  register_module("conv1", conv1_);
  register_module("bn1", bn1_);
  register_module("conv2", conv2_);
  register_module("bn2", bn2_);
  register_module("conv3", conv3_);
  register_module("bn3", bn3_);
  downsample_ = add_downsample(*this, channels_in, kExpansion * width, stride);
}

torch::Tensor BottleneckImpl::forward(const torch::Tensor& x) {
  const auto shortcut = downsample_.is_empty() ? x : downsample_->forward(x);
  auto hidden = bn1_->rectified(conv1_(x));
  hidden = bn2_->rectified(conv2_(hidden));
  return bn3_->rectified(conv3_(hidden), shortcut);
}

ResNetImpl::ResNetImpl(const EncoderOptions& options)
    : options_(options),
      conv1_(options.stem == "3x3" ? convolution(options.image.channels, options.width, 3, 1)
                                   : convolution(options.image.channels, options.width, 7, 2)),
      bn1_(options.width) {
  const bool basic = options.block == "basic";
  require(basic || options.block == "bottleneck", "encoder: block = \"{}\", but it must be basic or bottleneck",
          options.block);
  require(basic || options.dropout == 0, "encoder: dropout = {}, but bottleneck blocks have none", options.dropout);
  register_module("conv1", conv1_);
  register_module("bn1", bn1_);
  std::int64_t channels = options.width;
  layer_dims_ = {channels};
  for (std::size_t stage = 0; stage < options.blocks.size(); ++stage) {
    const std::int64_t width = options.width << stage;
    stages_.push_back(make_stage(channels, width, options.blocks[stage], stage == 0 ? 1 : 2));
    register_module(fmt::format("layer{}", stage + 1), stages_.back());
    layer_dims_.push_back(channels = basic ? width : kExpansion * width);
  }
  layer_dims_.push_back(pooled_dims(channels, options));
}

torch::nn::Sequential ResNetImpl::make_stage(std::int64_t channels_in, std::int64_t width, std::int64_t blocks,
                                             std::int64_t stride) const {
  torch::nn::Sequential stage;
  for (std::int64_t block = 0; block < blocks; ++block, stride = 1) {
    if (options_.block == "basic") {
      stage->push_back(BasicBlock(block == 0 ? channels_in : width, width, stride, options_.dropout));
    } else {
      stage->push_back(Bottleneck(block == 0 ? channels_in : kExpansion * width, width, stride));
    }
  }
  return stage;
}

torch::Tensor ResNetImpl::run_stem(const torch::Tensor& images) {
  const auto maps = bn1_->rectified(conv1_(images));
  return options_.stem == "3x3" ? maps : torch::max_pool2d(maps, {3, 3}, {2, 2}, {1, 1});
}

torch::Tensor ResNetImpl::run_stage(std::size_t stage, const torch::Tensor& maps) {
  return stages_[stage]->forward(maps);
}

EncoderKind encoder_table::resnet() {
  return {"resnet", "residual network (He et al., 2016), named as in torchvision",
          [](const EncoderOptions& options) { return new_encoder<ResNetImpl>(options); }};
}

}  // namespace equinfo
