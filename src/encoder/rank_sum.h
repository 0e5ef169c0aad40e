#pragma once

#include <functional>

#include <torch/types.h>

namespace equinfo {

/// How those that share a batch (processes, threads) add up: replaces a float64 tensor by its sum over all of them.
struct RankSum {
  std::int64_t ranks = 1;
  std::function<void(torch::Tensor&)> sum;
};

}  // namespace equinfo
