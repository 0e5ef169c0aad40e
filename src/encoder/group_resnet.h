#pragma once

#include <vector>

#include <torch/nn/modules/container/sequential.h>

#include "encoder/encoder.h"
#include "encoder/group_convolution.h"
#include "encoder/seeded_dropout.h"

namespace equinfo {

/// A convolution that may halve maps and still commutes with the group: maps of an even size by a 2 × 2 max-pool after
/// (or before) a convolution of stride 1, maps of an odd size by stride 2. The other way round neither would.
struct HalvingOptions {
  bool halves = false, pool_first = false;
};

/// The basic block of a residual network with group convolutions; `stride` 2 becomes a HalvingOptions::halves, in the
/// shortcut too. Parameters are named as in BasicBlock.
class GroupBlockImpl : public torch::nn::Module {
 public:
  /// Channels are those of one orientation.
  GroupBlockImpl(const PointGroup& group, std::int64_t channels_in, std::int64_t channels_out,
                 const HalvingOptions& halving, double dropout);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  HalvingOptions halving_;
  GroupConvolution conv1_, conv2_, shortcut_{nullptr};
  GroupBatchNorm bn1_, bn2_, shortcut_norm_{nullptr};
  SeededDropout dropout_;
};
TORCH_MODULE(GroupBlock);

/// A residual network that commutes with rotations by 90° (p4) and with mirrors (p4m) up to z: f(L_g x) = L_g f(x) for
/// the maps of every stage, exactly. What becomes of that in z is the choice of two options:
///   group_pool max, position_pool flatten   the paper's: a map of C values a position, which turns with the image;
///   group_pool max, position_pool mean      invariant: no head can tell the orientation from z;
///   group_pool none, position_pool mean     |G| · C values which the group permutes: a linear head sees the
///   orientation.
/// Images must be square. Cost of a forward pass at equal parameters, in multiples of the plain ResNet-18: p4 5.4, p4m
/// 10; with pool_first 4 and 7.6.
class GroupResNetImpl : public EncoderImpl {
 public:
  /// Throws std::invalid_argument if an option is out of range or not offered.
  GroupResNetImpl(const PointGroup& group, const EncoderOptions& options);

 protected:
  torch::Tensor run_stem(const torch::Tensor& images) override;
  torch::Tensor run_stage(std::size_t stage, const torch::Tensor& maps) override;
  torch::Tensor represent(const torch::Tensor& maps) override;

 private:
  PointGroup group_;
  EncoderOptions options_;
  GroupConvolution conv1_;
  GroupBatchNorm bn1_;
  std::vector<torch::nn::Sequential> stages_;
};

/// Channels an orientation of the first stage: width / √|G|, width / |G| or width, rounded down, as `match` says.
/// Throws std::invalid_argument if that leaves none, or for another `match`.
std::int64_t group_width(const PointGroup& group, const EncoderOptions& options);

}  // namespace equinfo
