#pragma once

#include <torch/types.h>

/// Losses between points on the unit sphere: rows of [N, d], each of length 1.
namespace equinfo {

/// NT-Xent (Chen et al., 2020): row i of `first` and of `second` are views of one image; the mean over all 2N views of
/// −ln softmax of its cosine with the other view of its image among those with the 2N − 1 other views, divided by
/// `temperature`. Nats.
torch::Tensor nt_xent(const torch::Tensor& first, const torch::Tensor& second, double temperature);

/// Alignment (Wang and Isola, 2020): mean squared distance of row i to row i; 0 … 4.
torch::Tensor alignment(const torch::Tensor& first, const torch::Tensor& second);

/// Uniformity (ibid., t = 2): ln of the mean of exp(−2 ‖a − b‖²) over all pairs of different rows; −8 … 0.
torch::Tensor uniformity(const torch::Tensor& points);

/// Orthogonal equivariance (CARE; Gupta et al., 2024): both are cut into `groups` equal parts, of which `after` holds
/// the same images under one transformation; mean over parts and pairs of different rows of a part of [after_i ·
/// after_j − before_i · before_j]². It is 0 if and only if the transformation turns or mirrors the points of each part.
/// 0 … 4.
torch::Tensor orthogonal_equivariance(const torch::Tensor& before, const torch::Tensor& after, std::int64_t groups);

}  // namespace equinfo
