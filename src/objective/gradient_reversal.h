#pragma once

#include <torch/types.h>

namespace equinfo {

/// Gradient reversal (Ganin and Lempitsky, 2015): gives x, but a gradient that comes back is multiplied by −strength.
torch::Tensor reverse_gradient(const torch::Tensor& x, double strength);

}  // namespace equinfo
