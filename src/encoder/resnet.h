#pragma once

#include <vector>

#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>

#include "encoder/batch_norm.h"
#include "encoder/encoder.h"
#include "encoder/seeded_dropout.h"

namespace equinfo {

/// Two 3 × 3 convolutions, each with batch norm, and a shortcut: ReLU(bn2(conv2(ReLU(bn1(conv1(x))))) + shortcut(x)),
/// with dropout before conv2. The shortcut is a 1 × 1 convolution with batch norm ("downsample") where width or size
/// change.
class BasicBlockImpl : public torch::nn::Module {
 public:
  BasicBlockImpl(std::int64_t channels_in, std::int64_t channels_out, std::int64_t stride, double dropout = 0);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Conv2d conv1_, conv2_;
  BatchNorm bn1_, bn2_;
  SeededDropout dropout_;
  torch::nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(BasicBlock);

/// 1 × 1 convolution to `width` channels, 3 × 3 (which has the stride, as in torchvision), 1 × 1 to 4 · width, each
/// with batch norm, and a shortcut as above.
class BottleneckImpl : public torch::nn::Module {
 public:
  BottleneckImpl(std::int64_t channels_in, std::int64_t width, std::int64_t stride);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Conv2d conv1_, conv2_, conv3_;
  BatchNorm bn1_, bn2_, bn3_;
  torch::nn::Sequential downsample_{nullptr};
};
TORCH_MODULE(Bottleneck);

/// A residual network (He et al., 2016). Parameters are named as in torchvision (conv1, bn1, layer1.0.conv1, …,
/// layer2.0.downsample.0, …), without its last linear layer `fc`.
class ResNetImpl : public EncoderImpl {
 public:
  /// Throws std::invalid_argument if an option is out of range or not offered.
  explicit ResNetImpl(const EncoderOptions& options);

 protected:
  torch::Tensor run_stem(const torch::Tensor& images) override;
  torch::Tensor run_stage(std::size_t stage, const torch::Tensor& maps) override;
  torch::Tensor represent(const torch::Tensor& maps) override { return pool_positions(maps, options_); }

 private:
  torch::nn::Sequential make_stage(std::int64_t channels_in, std::int64_t width, std::int64_t blocks,
                                   std::int64_t stride) const;

  EncoderOptions options_;
  torch::nn::Conv2d conv1_;
  BatchNorm bn1_;
  std::vector<torch::nn::Sequential> stages_;
};
TORCH_MODULE(ResNet);

}  // namespace equinfo
