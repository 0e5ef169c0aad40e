#pragma once

#include <torch/torch.h>

#include "encoder/norm_kernels.h"

namespace equinfo {

/// Whether maps can go through batch norm's own passes: float32 on the CPU, [N, C, H, W] in channels-last order, more
/// than one value a channel.
bool suits_fused_norm(const torch::Tensor& x);

/// Moments [C] of such maps, float64.
ChannelMoments moments_of(const torch::Tensor& x);

/// (x − mean) / √(variance + eps) · weight + bias, where the moments are those of x; if `rectify`, max(0, that +
/// added), without `added` if it is undefined. One pass forwards and two backwards, where separate operations take up
/// to three and five and differ by rounding. x, added: maps of one shape that suit. First derivatives only.
torch::Tensor fused_norm(const torch::Tensor& x, const torch::Tensor& added, const torch::Tensor& weight,
                         const torch::Tensor& bias, const ChannelMoments& moments, double eps, bool rectify);

}  // namespace equinfo
