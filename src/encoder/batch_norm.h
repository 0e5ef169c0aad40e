#pragma once

#include <torch/nn/modules/batchnorm.h>

#include "encoder/rank_sum.h"

namespace equinfo {

/// Batch norm over channels (Ioffe and Szegedy, 2015) of maps [N, C, H, W]: torch::nn::BatchNorm2d, and where several
/// ranks (processes, threads) share a batch, with the moments of the whole batch: each holds N / ranks of the images
/// and gives and takes what one alone would. Named and registered as BatchNorm2d. In training on the CPU float32 maps
/// in channels-last order take passes of our own (fused_norm.h); others, LibTorch's.
class BatchNormImpl : public torch::nn::BatchNorm2dImpl {
 public:
  explicit BatchNormImpl(std::int64_t channels) : torch::nn::BatchNorm2dImpl(channels) {}
  torch::Tensor forward(const torch::Tensor& x);
  /// max(0, forward(x) + added), without `added` if it is undefined.
  torch::Tensor rectified(const torch::Tensor& x, const torch::Tensor& added = {});
  /// From now on the moments of training are those of all ranks, each with equally many images. Costs two sums of
  /// 2 C numbers over the ranks each time: one forwards, one backwards.
  void share(const RankSum& ranks) { ranks_ = ranks; }
  const RankSum& ranks() const { return ranks_; }

 private:
  torch::Tensor normalise_fused(const torch::Tensor& x, const torch::Tensor& added, bool rectify);
  torch::Tensor normalise_together(const torch::Tensor& x);
  void follow(const torch::Tensor& mean, const torch::Tensor& variance, std::int64_t values);

  RankSum ranks_;
};
TORCH_MODULE(BatchNorm);

}  // namespace equinfo
