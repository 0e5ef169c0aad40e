#pragma once

#include <utility>

#include <torch/types.h>

#include "encoder/rank_sum.h"

namespace equinfo {

/// Whether maps can go through batch norm's own passes: float32 on the CPU, [N, C, H, W] in channels-last order, more
/// than one value a channel.
bool suits_fused_norm(const torch::Tensor& x);

/// Mean and variance [C] of such maps, float64.
std::pair<torch::Tensor, torch::Tensor> moments_of(const torch::Tensor& x);

/// What fused_norm does to maps of C channels.
struct FusedNormForm {
  torch::Tensor weight, bias;    ///< [C]
  torch::Tensor mean, variance;  ///< [C] float64, of x on all ranks together
  double eps = 1e-5;
  bool rectify = false;
  const RankSum* ranks;  ///< those among which x is shared; outlives the graph
};

/// (x − mean) / √(variance + eps) · weight + bias, where the moments are those of x; if `rectify`, max(0, that +
/// added), without `added` if it is undefined. One pass forwards and two backwards, where separate operations take up
/// to three and five and differ by rounding. x, added: maps of one shape that suit. First derivatives only. Where ranks
/// share x, each gets the gradient of the loss of all by its part of x, and its own part of the sum for weight and
/// bias.
torch::Tensor fused_norm(const torch::Tensor& x, const torch::Tensor& added, const FusedNormForm& form);

}  // namespace equinfo
