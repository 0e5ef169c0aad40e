#pragma once

#include <vector>

#include <torch/nn/module.h>

#include "encoder/batch_norm.h"
#include "encoder/point_group.h"

namespace equinfo {

/// Whether a convolution reads an image, or features that already have an orientation.
enum class GroupInput { kImage, kFeatures };

/// Group convolution (Cohen and Welling, 2016): one filter ψ, seen in each of the |G| orientations. Only ψ is a
/// parameter (`weight`); it is spread into an ordinary filter bank W for one conv2d without bias:
///   from an image (lifting), ψ [O, K, k, k]:   W[s, o, k] = L_s ψ[o, k],               [|G| · O, K, k, k];
///   from features, ψ [O, |G|, K, k, k]:        W[s, o, t, k] = L_s ψ[o, s⁻¹ t, k],      [|G| · O, |G| · K, k, k].
/// Channels are group-major, s · O + o. It commutes exactly with the group for stride 1, and for stride 2 on maps of an
/// odd size; with stride 2 on an even size it does not.
/// In evaluation mode without gradients W is kept until ψ changes, the mode is set or a pass has gradients again.
class GroupConvolutionImpl : public torch::nn::Module {
 public:
  /// in, out: channels an orientation (of an image: all); kernel odd, padded by kernel / 2.
  GroupConvolutionImpl(const PointGroup& group, GroupInput input, std::int64_t in, std::int64_t out,
                       std::int64_t kernel);
  torch::Tensor forward(const torch::Tensor& x, std::int64_t stride = 1);
  void train(bool on = true) override;
  /// W, in channels-last order. Cost: three copies of it.
  torch::Tensor filters();

  /// Inputs that reach an output, and outputs an input reaches: |G| · O · k².
  std::int64_t fan_out() const { return static_cast<std::int64_t>(moves_.size()) * out_ * kernel_ * kernel_; }

  torch::Tensor weight;  ///< ψ

 private:
  torch::Tensor expand() const;

  std::int64_t in_, out_, kernel_, fields_;  // fields: orientations of the input, 1 for an image
  std::vector<torch::Tensor> moves_;  // for each s: where entry (t, position) of W[s, o, ·, k] stands in ψ[o, ·, k]
  torch::Tensor kept_;                // W in evaluation mode, of ψ at
  const void* kept_data_ = nullptr;   // this place and
  std::int64_t kept_version_ = -1;    // this number of changes
};
TORCH_MODULE(GroupConvolution);

/// Batch norm whose statistics and affine map are shared by the orientations of a channel; of features
/// [N, |G| · C, H, W]. With its own affine map for each orientation it would not commute with the group. In
/// channels-last order it costs no copy.
class GroupBatchNormImpl : public BatchNormImpl {
 public:
  explicit GroupBatchNormImpl(std::int64_t channels) : BatchNormImpl(channels) {}
  torch::Tensor forward(const torch::Tensor& x);
  torch::Tensor rectified(const torch::Tensor& x, const torch::Tensor& added = {});

 private:
  torch::Tensor beside(const torch::Tensor& x) const;
};
TORCH_MODULE(GroupBatchNorm);

}  // namespace equinfo
