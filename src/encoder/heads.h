#pragma once

#include <torch/nn/modules/container/sequential.h>

namespace equinfo {

struct HeadOptions {
  std::int64_t hidden = 2048;  ///< units of the hidden layer; 0 makes the head one linear map
};

/// A head that reads K values, such as the logits of the transformation, from the representation: Linear(d, hidden),
/// ReLU, Linear(hidden, K) as in the paper, or Linear(d, K). Gives [N, K] for features [N, d].
torch::nn::Sequential mlp_head(std::int64_t dims, std::int64_t values, const HeadOptions& options);

/// Fills the parameters of a module and its children from one generator (on the CPU), in the order of their names:
/// convolutions N(0, 2 / fan_out) (He et al., 2015; of a group convolution the fan of its spread filters), linear
/// layers uniform in ±1/√fan_in, norms 1 and 0, position tables N(0, .02²), biases of convolutions 0.
void initialize(torch::nn::Module& module, at::Generator& generator);

}  // namespace equinfo
