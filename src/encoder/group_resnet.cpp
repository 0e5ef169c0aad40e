#include "encoder/group_resnet.h"

#include <cmath>

#include "core/error.h"
#include "encoder/kinds.h"

namespace equinfo {
namespace {

bool is_even(const torch::Tensor& maps) { return maps.size(2) % 2 == 0; }

/// Halves maps by pooling, exactly for either parity.
torch::Tensor pool_halves(const torch::Tensor& maps) {
  return is_even(maps) ? torch::max_pool2d(maps, {2, 2}) : torch::max_pool2d(maps, {3, 3}, {2, 2}, {1, 1});
}

torch::Tensor convolve(GroupConvolution& convolution, const torch::Tensor& maps, const HalvingOptions& halving) {
  if (!halving.halves) return convolution->forward(maps);
  if (!is_even(maps)) return convolution->forward(maps, 2);
  if (halving.pool_first) return convolution->forward(pool_halves(maps));
  return pool_halves(convolution->forward(maps));
}

HalvingOptions stem_halving(const EncoderOptions& options) { return {options.stem == "7x7", false}; }

}  // namespace

GroupBlockImpl::GroupBlockImpl(const PointGroup& group, std::int64_t channels_in, std::int64_t channels_out,
                               const HalvingOptions& halving, double dropout)
    : halving_(halving),
      conv1_(group, GroupInput::kFeatures, channels_in, channels_out, 3),
      conv2_(group, GroupInput::kFeatures, channels_out, channels_out, 3),
      bn1_(channels_out),
      bn2_(channels_out),
      dropout_(dropout) {
  register_module("conv1", conv1_);
  register_module("bn1", bn1_);
  if (dropout > 0) register_module("dropout", dropout_);
  register_module("conv2", conv2_);
  register_module("bn2", bn2_);
  if (!halving.halves && channels_in == channels_out) return;
  const auto downsample = register_module("downsample", std::make_shared<torch::nn::Module>());
  shortcut_ = GroupConvolution(group, GroupInput::kFeatures, channels_in, channels_out, 1);
  shortcut_norm_ = GroupBatchNorm(channels_out);
  downsample->register_module("0", shortcut_);
  downsample->register_module("1", shortcut_norm_);
}

torch::Tensor GroupBlockImpl::forward(const torch::Tensor& x) {
  const auto shortcut = shortcut_.is_empty() ? x : shortcut_norm_(convolve(shortcut_, x, halving_));
  const auto hidden = bn1_->rectified(convolve(conv1_, x, halving_));
  return bn2_->rectified(conv2_(dropout_(hidden)), shortcut);
}

GroupResNetImpl::GroupResNetImpl(const PointGroup& group, const EncoderOptions& options)
    : group_(group),
      options_(options),
      conv1_(group, GroupInput::kImage, options.image.channels, group_width(group, options),
             options.stem == "3x3" ? 3 : 7),
      bn1_(group_width(group, options)) {
  require(options.block == "basic", "encoder: {} has basic blocks only, not \"{}\"", options.kind, options.block);
  require(options.group_pool == "max" || options.group_pool == "none",
          "encoder: group_pool = \"{}\", but it must be max or none", options.group_pool);
  const auto& image = options.image;
  require(image.height == image.width, "encoder: {} needs square images, but these are {} × {}", options.kind,
          image.height, image.width);
  register_module("conv1", conv1_);
  register_module("bn1", bn1_);
  std::int64_t channels = group_width(group, options);
  layer_dims_ = {group.order() * channels};
  for (std::size_t stage = 0; stage < options.blocks.size(); ++stage) {
    const std::int64_t width = group_width(group, options) << stage;
    stages_.emplace_back();
    for (std::int64_t block = 0; block < options.blocks[stage]; ++block, channels = width) {
      const HalvingOptions halving{stage > 0 && block == 0, options.pool_first};
      stages_.back()->push_back(GroupBlock(group, channels, width, halving, options.dropout));
    }
    register_module(fmt::format("layer{}", stage + 1), stages_.back());
    layer_dims_.push_back(group.order() * width);
  }
  layer_dims_.push_back(pooled_dims(options.group_pool == "max" ? channels : group.order() * channels, options));
}

torch::Tensor GroupResNetImpl::run_stem(const torch::Tensor& images) {
  const auto maps = bn1_->rectified(convolve(conv1_, images, stem_halving(options_)));
  return options_.stem == "3x3" ? maps : pool_halves(maps);
}

torch::Tensor GroupResNetImpl::run_stage(std::size_t stage, const torch::Tensor& maps) {
  return stages_[stage]->forward(maps);
}

torch::Tensor GroupResNetImpl::represent(const torch::Tensor& maps) {
  if (options_.group_pool == "none") return pool_positions(maps, options_);
  const auto by_orientation =
      maps.view({maps.size(0), group_.order(), maps.size(1) / group_.order(), maps.size(2), maps.size(3)});
  // amax shares the gradient of equal values, where max would prefer an orientation.
  return pool_positions(by_orientation.amax(1), options_);
}

std::int64_t group_width(const PointGroup& group, const EncoderOptions& options) {
  const auto order = static_cast<double>(group.order());
  const auto& match = options.match;
  require(match == "parameters" || match == "compute" || match == "none",
          "encoder: match = \"{}\", but it must be parameters, compute or none", match);
  const double share = match == "parameters" ? 1 / std::sqrt(order) : match == "compute" ? 1 / order : 1;
  const auto channels = static_cast<std::int64_t>(static_cast<double>(options.width) * share);
  require(channels >= 1, "encoder: width = {} leaves no channel for each of {} orientations", options.width,
          group.order());
  return channels;
}

EncoderKind encoder_table::p4_resnet() {
  return {"p4_resnet", "residual network of group convolutions over 4 rotations (Cohen and Welling, 2016)",
          [](const EncoderOptions& options) { return new_encoder<GroupResNetImpl>(PointGroup{false}, options); }};
}

EncoderKind encoder_table::p4m_resnet() {
  return {"p4m_resnet", "the same over 4 rotations and their mirror images",
          [](const EncoderOptions& options) { return new_encoder<GroupResNetImpl>(PointGroup{true}, options); }};
}

}  // namespace equinfo
