#pragma once

#include <vector>

#include <torch/torch.h>

#include "encoder/resnet_options.h"

namespace equinfo {

/// Two 3 × 3 convolutions, each with batch norm, and a shortcut: ReLU(bn2(conv2(ReLU(bn1(conv1(x))))) + shortcut(x)).
/// The shortcut is a 1 × 1 convolution with batch norm ("downsample") where width or size change.
class BasicBlockImpl : public torch::nn::Module {
 public:
  BasicBlockImpl(std::int64_t channels_in, std::int64_t channels_out, std::int64_t stride);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Conv2d conv1_, conv2_;
  torch::nn::BatchNorm2d bn1_, bn2_;
  torch::nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(BasicBlock);

/// The encoder of ResNetOptions. Parameters are named as in torchvision (conv1, bn1, layer1.0.conv1, …,
/// layer2.0.downsample.0, …), without its last linear layer `fc`.
class ResNetImpl : public torch::nn::Module {
 public:
  /// Throws std::invalid_argument if an option is out of range.
  explicit ResNetImpl(const ResNetOptions& options);

  /// Representation [N, d] of images [N, C, H, W].
  torch::Tensor forward(const torch::Tensor& images);
  /// Features [N, d_layer] of every layer of layer_names(), in that order.
  std::vector<torch::Tensor> forward_layers(const torch::Tensor& images);

 private:
  torch::Tensor run_stem(const torch::Tensor& images);

  ResNetStem stem_;
  torch::nn::Conv2d conv1_;
  torch::nn::BatchNorm2d bn1_;
  std::vector<torch::nn::Sequential> stages_;
};
TORCH_MODULE(ResNet);

}  // namespace equinfo
