#include "encoder/heads.h"

#include <cmath>

namespace equinfo {

torch::nn::Sequential transform_head(std::int64_t dims, std::int64_t values, const HeadOptions& options) {
  if (options.hidden == 0) return torch::nn::Sequential(torch::nn::Linear(dims, values));
  return torch::nn::Sequential(torch::nn::Linear(dims, options.hidden), torch::nn::ReLU(),
                               torch::nn::Linear(options.hidden, values));
}

void initialize(torch::nn::Module& module, at::Generator& generator) {
  const torch::NoGradGuard no_gradient;
  for (const auto& child : module.modules()) {
    if (auto* convolution = child->as<torch::nn::Conv2d>()) {
      auto& weight = convolution->weight;
      const auto fan_out = static_cast<double>(weight.size(0) * weight.size(2) * weight.size(3));
      weight.normal_(0.0, std::sqrt(2.0 / fan_out), generator);
    } else if (auto* linear = child->as<torch::nn::Linear>()) {
      const double bound = 1.0 / std::sqrt(static_cast<double>(linear->weight.size(1)));
      linear->weight.uniform_(-bound, bound, generator);
      linear->bias.uniform_(-bound, bound, generator);
    } else if (auto* norm = child->as<torch::nn::BatchNorm2d>()) {
      norm->weight.fill_(1.0);
      norm->bias.fill_(0.0);
    }
  }
}

}  // namespace equinfo
