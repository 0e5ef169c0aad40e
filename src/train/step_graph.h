#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <torch/types.h>

#include "objective/pretext_model.h"
#include "train/kernel_recorder.h"

namespace equinfo {

/// Whether steps are to be recorded, as `wish` says ("auto", "yes", "no"). Throws std::invalid_argument if it is "yes"
/// and they cannot be: on the CPU, on several ranks (batch norm adds up over them in the middle of a step), without
/// CUDA graphs.
bool records_steps(const std::string& wish, torch::Device device, int ranks);

/// The part of a training step between its inputs and the gradients, recorded once and then launched as a whole, so
/// that small networks do not wait for the processor to launch hundreds of kernels.
///
/// It first runs three times as it is. Then it is recorded, and held to that very step done without: results, gradients
/// and buffers of the model, to a hundredth of the largest value. Where it cannot be recorded or differs, training goes
/// on without, and says so.
class StepGraph {
 public:
  /// Turns the inputs into one tensor of results, and adds to the gradients of the model. What it does on the processor
  /// is done only once.
  using Work = std::function<torch::Tensor(const std::vector<torch::Tensor>& inputs)>;

  /// `required`: that steps cannot be recorded is an error (std::runtime_error).
  StepGraph(std::unique_ptr<KernelRecorder> recorder, PretextModel model, bool required);

  /// What work(inputs) does. Inputs have the same shapes each time, and gradients are not replaced between the calls,
  /// but set to zero.
  torch::Tensor run(const std::vector<torch::Tensor>& inputs, const Work& work);
  /// To be called after tensors of the model were replaced.
  void forget();

 private:
  torch::Tensor record(const std::vector<torch::Tensor>& inputs, const Work& work);
  std::string try_recording(const Work& work, const torch::Tensor& expected, const std::vector<torch::Tensor>& after);
  std::vector<torch::Tensor> gradients() const;
  std::vector<torch::Tensor> state() const;

  std::unique_ptr<KernelRecorder> recorder_;
  PretextModel model_;
  bool required_, given_up_ = false;
  int rehearsals_ = 0;
  std::vector<torch::Tensor> held_;  ///< the graph's own inputs; empty: not recorded yet
  torch::Tensor result_;
};

}  // namespace equinfo
