#pragma once

#include <torch/types.h>

namespace equinfo {

/// Frozen features of one split and their classes.
struct LabelledFeatures {
  torch::Tensor z;  ///< [N, d] float
  torch::Tensor y;  ///< [N] int64 in {0, …, classes − 1}
};

struct LinearProbe {
  torch::Tensor predicted;  ///< [test rows] int64
  double penalty = 0;       ///< the chosen λ
  bool converged = true;    ///< whether the last fit came to its minimum
};

/// Linear evaluation of frozen features: multinomial logistic regression on features standardised by the training
/// split, mean cross-entropy + λ/2 · ‖W‖², fitted to convergence by L-BFGS in float64 (full batches, so there is no
/// order to draw). λ is the one of 10⁻¹, …, 10⁻⁵ with the highest accuracy on a fifth of the training rows, drawn by
/// `seed`, that a fit on the others did not see (the largest of equals); then it is fitted anew on all of them. Cost:
/// six fits of some 100 (at most 1,000) products [N, d] × [d, classes] and back.
LinearProbe linear_probe(const LabelledFeatures& train, const torch::Tensor& test_z, std::int64_t classes,
                         std::int64_t seed);

struct KnnOptions {
  std::int64_t neighbours = 20;  ///< k ≥ 1; at most as many as there are training rows
  double temperature = 0.07;     ///< τ > 0
};

/// Weighted k-nearest-neighbour classifier (Wu et al., 2018): each of the k training rows of the largest cosine
/// similarity s votes for its class with weight exp(s / τ). Gives classes [test rows] int64 (the first of equals).
torch::Tensor knn_classify(const LabelledFeatures& train, const torch::Tensor& test_z, std::int64_t classes,
                           const KnnOptions& options = {});

}  // namespace equinfo
