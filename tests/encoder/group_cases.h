#pragma once

#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/module.h>
#include <torch/utils.h>

#include "encoder/point_group.h"

namespace equinfo {

inline const std::vector<PointGroup> kGroups{{false}, {true}};

inline torch::Tensor small_integers(at::IntArrayRef shape, at::Generator& generator) {
  return torch::randint(-3, 4, shape, generator, torch::TensorOptions(torch::kFloat));
}

inline at::Generator generator_of(std::uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

inline void fill_with_integers(torch::nn::Module& module, at::Generator& generator) {
  const torch::NoGradGuard no_gradient;
  for (auto& parameter : module.parameters()) parameter.copy_(small_integers(parameter.sizes(), generator));
}

/// Largest difference of two tensors over the largest value.
inline double relative_error(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).abs().max() / a.abs().max()).item<double>();
}

}  // namespace equinfo
