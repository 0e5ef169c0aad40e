#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <torch/nn/module.h>
#include <torch/optim/sgd.h>

#include "train/config.h"
#include "train/precision.h"
#include "train/ranks.h"

namespace equinfo {

/// How losses become a step: gradients of the parts of a batch are added up, over the ranks too, brought back to scale,
/// and followed by stochastic gradient descent.
class Descent {
 public:
  Descent(torch::nn::Module& model, const TrainConfig& config, const Ranks& ranks, torch::Device device);

  /// From now on gradients stay where they are in memory, as a recorded step needs it.
  void keep_gradients() { keeps_gradients_ = true; }
  /// Forgets the gradients of the step before.
  void begin();
  /// Adds the gradients of `share` times a loss.
  void add(const torch::Tensor& loss, double share);
  /// One step at this rate. `statistics` [n] float32 are summed over the ranks on the way.
  void finish(double rate, torch::Tensor& statistics);

  torch::optim::SGD& optimizer() { return *optimizer_; }
  /// Only with fp16.
  std::optional<LossScaler>& scaler() { return scaler_; }
  const Ranks& ranks() const { return ranks_; }

 private:
  void sum_over_ranks(std::vector<torch::Tensor>& gradients, torch::Tensor& statistics) const;
  void step_at_once(double rate, const std::vector<torch::Tensor>& parameters,
                    const std::vector<torch::Tensor>& gradients, const torch::Tensor& overflow);

  const Ranks& ranks_;
  std::unique_ptr<torch::optim::SGD> optimizer_;
  std::optional<LossScaler> scaler_;
  bool fused_, keeps_gradients_ = false;
};

/// Whether this LibTorch makes the step of all parameters by one operation.
bool has_fused_sgd();

}  // namespace equinfo
