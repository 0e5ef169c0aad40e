#pragma once

#include <vector>

#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "encoder/encoder.h"

namespace equinfo {

/// One block of a transformer (Vaswani et al., 2017) with the norm before each part (Xiong et al., 2020):
/// x + attention(norm(x)), then x + mlp(norm(x)), where the mlp is four times as wide, with GELU. Tokens [N, L, width].
class TransformerBlockImpl : public torch::nn::Module {
 public:
  TransformerBlockImpl(std::int64_t width, std::int64_t heads);
  torch::Tensor forward(const torch::Tensor& tokens);

 private:
  torch::Tensor attend(const torch::Tensor& tokens);

  std::int64_t heads_;
  torch::nn::LayerNorm norm1_, norm2_;
  torch::nn::Linear qkv_, projection_, mlp1_, mlp2_;
};
TORCH_MODULE(TransformerBlock);

/// What tells the tokens where they are: one learnt vector a position, [1, L, width].
class PositionTableImpl : public torch::nn::Module {
 public:
  PositionTableImpl(std::int64_t positions, std::int64_t width);
  torch::Tensor forward(const torch::Tensor& tokens) { return tokens + weight; }
  torch::Tensor weight;
};
TORCH_MODULE(PositionTable);

/// A small vision transformer (Dosovitskiy et al., 2021): patches → tokens, blocks in stages of one width, a norm;
/// z is the tokens' mean. There is no class token.
class VisionTransformerImpl : public EncoderImpl {
 public:
  /// Throws std::invalid_argument if patches do not tile the image or heads do not divide the width.
  explicit VisionTransformerImpl(const EncoderOptions& options);

 protected:
  torch::Tensor run_stem(const torch::Tensor& images) override;
  torch::Tensor run_stage(std::size_t stage, const torch::Tensor& tokens) override;
  torch::Tensor represent(const torch::Tensor& tokens) override { return pool(norm_(tokens)); }
  torch::Tensor pool(const torch::Tensor& tokens) override { return tokens.mean(1); }

 private:
  torch::nn::Conv2d patches_;
  PositionTable positions_;
  std::vector<torch::nn::Sequential> stages_;
  torch::nn::LayerNorm norm_;
};

}  // namespace equinfo
