#include "encoder/vit.h"

#include <cmath>

#include "core/error.h"
#include "encoder/kinds.h"

namespace equinfo {
namespace {

torch::nn::LayerNorm norm_of(std::int64_t width) { return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width})); }

const EncoderOptions& checked(const EncoderOptions& options) {
  const auto& [channels, height, width] = options.image;
  const auto patch = options.patch;
  require(patch >= 1 && height % patch == 0 && width % patch == 0,
          "encoder: patches of {} × {} do not tile images of {} × {}", patch, patch, height, width);
  require(options.heads >= 1 && options.width % options.heads == 0,
          "encoder.heads = {} does not divide encoder.width = {}", options.heads, options.width);
  require(options.position_pool == "mean", "encoder: vit has position_pool mean only, not \"{}\"",
          options.position_pool);
  require(options.dropout == 0, "encoder: dropout = {}, but vit has none", options.dropout);
  return options;
}

}  // namespace

TransformerBlockImpl::TransformerBlockImpl(std::int64_t width, std::int64_t heads)
    : heads_(heads),
      norm1_(norm_of(width)),
      norm2_(norm_of(width)),
      qkv_(width, 3 * width),
      projection_(width, width),
      mlp1_(width, 4 * width),
      mlp2_(4 * width, width) {
  register_module("norm1", norm1_);
  register_module("qkv", qkv_);
  register_module("projection", projection_);
  register_module("norm2", norm2_);
  register_module("mlp1", mlp1_);
  register_module("mlp2", mlp2_);
}

torch::Tensor TransformerBlockImpl::attend(const torch::Tensor& tokens) {
  const auto batch = tokens.size(0), length = tokens.size(1), width = tokens.size(2);
  // [3, N, heads, L, width / heads]
  const auto parts = qkv_(tokens).view({batch, length, 3, heads_, width / heads_}).permute({2, 0, 3, 1, 4});
  const double scale = 1 / std::sqrt(static_cast<double>(width / heads_));
  const auto weights = torch::softmax((parts[0] * scale).matmul(parts[1].transpose(-2, -1)), -1);
  return projection_(weights.matmul(parts[2]).transpose(1, 2).reshape({batch, length, width}));
}

torch::Tensor TransformerBlockImpl::forward(const torch::Tensor& tokens) {
  const auto attended = tokens + attend(norm1_(tokens));
  return attended + mlp2_(torch::gelu(mlp1_(norm2_(attended))));
}

PositionTableImpl::PositionTableImpl(std::int64_t positions, std::int64_t width) {
  weight = register_parameter("weight", torch::randn({1, positions, width}) * 0.02);
}

VisionTransformerImpl::VisionTransformerImpl(const EncoderOptions& options)
    : patches_(torch::nn::Conv2dOptions(options.image.channels, checked(options).width, options.patch)
                   .stride(options.patch)),
      positions_(options.image.height / options.patch * (options.image.width / options.patch), options.width),
      norm_(norm_of(options.width)) {
  register_module("patches", patches_);
  register_module("positions", positions_);
  for (std::size_t stage = 0; stage < options.blocks.size(); ++stage) {
    stages_.emplace_back();
    for (std::int64_t block = 0; block < options.blocks[stage]; ++block) {
      stages_.back()->push_back(TransformerBlock(options.width, options.heads));
    }
    register_module(fmt::format("layer{}", stage + 1), stages_.back());
  }
  register_module("norm", norm_);
  layer_dims_.assign(options.blocks.size() + 2, options.width);
}

torch::Tensor VisionTransformerImpl::run_stem(const torch::Tensor& images) {
  return positions_(patches_(images).flatten(2).transpose(1, 2));
}

torch::Tensor VisionTransformerImpl::run_stage(std::size_t stage, const torch::Tensor& tokens) {
  return stages_[stage]->forward(tokens);
}

EncoderKind encoder_table::vit() {
  return {"vit", "small vision transformer (Dosovitskiy et al., 2021): keeps its width, z is the tokens' mean",
          [](const EncoderOptions& options) { return new_encoder<VisionTransformerImpl>(options); }};
}

}  // namespace equinfo
