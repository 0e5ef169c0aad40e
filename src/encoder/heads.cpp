#include "encoder/heads.h"

#include <cmath>

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "encoder/group_convolution.h"
#include "encoder/vit.h"

namespace equinfo {

torch::nn::Sequential mlp_head(std::int64_t dims, std::int64_t values, const HeadOptions& options) {
  if (options.hidden == 0) return torch::nn::Sequential(torch::nn::Linear(dims, values));
  return torch::nn::Sequential(torch::nn::Linear(dims, options.hidden), torch::nn::ReLU(),
                               torch::nn::Linear(options.hidden, values));
}

namespace {

void fill_he(torch::Tensor& weight, std::int64_t fan_out, at::Generator& generator) {
  weight.normal_(0.0, std::sqrt(2.0 / static_cast<double>(fan_out)), generator);
}

}  // namespace

void initialize(torch::nn::Module& module, at::Generator& generator) {
  const torch::NoGradGuard no_gradient;
  for (const auto& child : module.modules()) {
    if (auto* convolution = child->as<torch::nn::Conv2d>()) {
      auto& weight = convolution->weight;
      fill_he(weight, weight.size(0) * weight.size(2) * weight.size(3), generator);
      if (convolution->bias.defined()) convolution->bias.fill_(0.0);
    } else if (auto* group_convolution = child->as<GroupConvolution>()) {
      fill_he(group_convolution->weight, group_convolution->fan_out(), generator);
    } else if (auto* positions = child->as<PositionTable>()) {
      positions->weight.normal_(0.0, 0.02, generator);
    } else if (auto* linear = child->as<torch::nn::Linear>()) {
      const double bound = 1.0 / std::sqrt(static_cast<double>(linear->weight.size(1)));
      linear->weight.uniform_(-bound, bound, generator);
      linear->bias.uniform_(-bound, bound, generator);
    } else if (auto* norm = child->as<torch::nn::BatchNorm2d>()) {
      norm->weight.fill_(1.0);
      norm->bias.fill_(0.0);
    } else if (auto* layer_norm = child->as<torch::nn::LayerNorm>()) {
      layer_norm->weight.fill_(1.0);
      layer_norm->bias.fill_(0.0);
    }
  }
}

}  // namespace equinfo
