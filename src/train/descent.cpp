#include "train/descent.h"

#include <torch/version.h>

#include "core/error.h"

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
#define EQUINFO_FUSED_SGD
#endif

namespace equinfo {
namespace {

bool is_fused(const std::string& wish, torch::Device device) {
  if (wish == "auto") return has_fused_sgd() && device.is_cuda();
  require(wish == "no" || has_fused_sgd(), "train.fused = \"{}\", but LibTorch {} has no fused optimizer", wish,
          TORCH_VERSION);
  return wish == "yes";
}

torch::optim::SGDOptions& options_of(torch::optim::SGD& optimizer) {
  return static_cast<torch::optim::SGDOptions&>(optimizer.param_groups().front().options());
}

#ifdef EQUINFO_FUSED_SGD
/// The momentum of a parameter where torch::optim::SGD keeps it; zeros before the first step, which are as good as
/// none.
torch::Tensor& momentum_of(torch::optim::SGD& optimizer, const torch::Tensor& parameter) {
  auto& state = optimizer.state()[parameter.unsafeGetTensorImpl()];
  if (!state) state = std::make_unique<torch::optim::SGDParamState>();
  auto& momentum = static_cast<torch::optim::SGDParamState&>(*state).momentum_buffer();
  if (!momentum.defined()) momentum = torch::zeros_like(parameter);
  return momentum;
}
#endif

}  // namespace

bool has_fused_sgd() {
#ifdef EQUINFO_FUSED_SGD
  return true;
#else
  return false;
#endif
}

Descent::Descent(torch::nn::Module& model, const TrainConfig& config, const Ranks& ranks, torch::Device device)
    : ranks_(ranks), fused_(is_fused(config.train.fused, device)) {
  const auto& train = config.train;
  optimizer_ = std::make_unique<torch::optim::SGD>(model.parameters(), torch::optim::SGDOptions(train.lr)
                                                                           .momentum(train.momentum)
                                                                           .nesterov(train.nesterov)
                                                                           .weight_decay(train.weight_decay));
  if (find_precision(train.precision) == Precision::kFp16) scaler_.emplace(device);
}

void Descent::begin() {
  if (!keeps_gradients_) return optimizer_->zero_grad();
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> gradients;
  for (const auto& parameter : optimizer_->param_groups().front().params()) {
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  }
  if (!gradients.empty()) at::_foreach_zero_(gradients);
}

void Descent::add(const torch::Tensor& loss, double share) {
  const auto part = share == 1 ? loss : loss * share;
  (scaler_ ? part * scaler_->factor[0] : part).backward();
}

void Descent::finish(double rate, torch::Tensor& statistics) {
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> parameters, gradients;
  for (const auto& parameter : optimizer_->param_groups().front().params()) {
    if (!parameter.grad().defined()) continue;
    parameters.push_back(parameter);
    gradients.push_back(parameter.grad());
  }
  sum_over_ranks(gradients, statistics);
  const auto overflow = scaler_ ? scaler_->unscale(gradients) : torch::Tensor();
  options_of(*optimizer_).lr(rate);
  if (fused_) return step_at_once(rate, parameters, gradients, overflow);
  if (!overflow.defined() || overflow.item<float>() == 0) optimizer_->step();
}

/// One exchange of all gradients, end to end, with the statistics.
void Descent::sum_over_ranks(std::vector<torch::Tensor>& gradients, torch::Tensor& statistics) const {
  if (ranks_.count() == 1) return;
  std::vector<torch::Tensor> parts{statistics};
  for (const auto& gradient : gradients) parts.push_back(gradient.flatten());
  auto bucket = torch::cat(parts);
  ranks_.sum(bucket);
  statistics = bucket.narrow(0, 0, statistics.numel()).clone();
  auto first = statistics.numel();
  for (auto& gradient : gradients) {
    gradient.copy_(bucket.narrow(0, first, gradient.numel()).view(gradient.sizes()));
    first += gradient.numel();
  }
}

void Descent::step_at_once(double rate, const std::vector<torch::Tensor>& parameters,
                           const std::vector<torch::Tensor>& gradients, const torch::Tensor& overflow) {
#ifdef EQUINFO_FUSED_SGD
  const auto& options = options_of(*optimizer_);
  std::vector<torch::Tensor> momenta;
  if (options.momentum() != 0) {
    for (const auto& parameter : parameters) momenta.push_back(momentum_of(*optimizer_, parameter));
  }
  std::optional<torch::Tensor> skip;
  if (overflow.defined()) skip = overflow;
  at::_fused_sgd_(parameters, gradients, momenta, options.weight_decay(), options.momentum(), rate, 0.0,
                  options.nesterov(), false, false, {}, skip);
#else
  static_cast<void>(rate), static_cast<void>(parameters), static_cast<void>(gradients), static_cast<void>(overflow);
#endif
}

}  // namespace equinfo
