#include "encoder/batch_norm.h"

#include <torch/autograd.h>

#include "encoder/fused_norm.h"

#if TORCH_VERSION_MAJOR < 2
// Debian's LibTorch 1.13 does not export this member, which every class derived from BatchNorm2dImpl refers to.
namespace torch::nn {
template <>
void BatchNormImplBase<2, BatchNorm2dImpl>::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::BatchNorm2d(" << this->options.num_features() << ")";
}
}  // namespace torch::nn
#endif

namespace equinfo {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

torch::Tensor by_channel(const torch::Tensor& values) { return values.view({1, -1, 1, 1}); }

/// Mean and variance [C] of each channel, float64.
using Moments = std::pair<torch::Tensor, torch::Tensor>;

/// Over the images of all ranks, of which each holds equally many.
Moments over_ranks(const Moments& own, const RankSum& ranks) {
  const auto& [mean, variance] = own;
  if (ranks.ranks == 1) return own;
  auto moments = torch::stack({mean, variance + mean.square()});
  ranks.sum(moments);
  moments.div_(ranks.ranks);
  return {moments[0], (moments[1] - moments[0].square()).clamp_min_(0)};
}

Moments moments_by_libtorch(const torch::Tensor& x) {
  const auto [mean, variance] = at::batch_norm_update_stats(x, {}, {}, 0.0);
  return {mean.to(torch::kDouble), variance.to(torch::kDouble)};
}

/// (x − mean) / √(variance + eps) · weight + bias, where mean and variance depend on x of every rank:
/// ∂L/∂x = weight / √… · (g − Σ g / M − x̂ Σ g x̂ / M) with sums over the M values of a channel on all ranks, g = ∂L/∂y.
struct SharedNorm : torch::autograd::Function<SharedNorm> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& weight,
                               const torch::Tensor& bias, const torch::Tensor& mean, const torch::Tensor& variance,
                               const BatchNormImpl* norm) {
    context->save_for_backward({x, weight, mean, variance});
    context->saved_data["norm"] = reinterpret_cast<std::int64_t>(norm);  // it outlives the graph
    // With given moments LibTorch calls this evaluation.
    return std::get<0>(at::native_batch_norm(x, weight, bias, mean, variance, false, 0.0, norm->options.eps()));
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3];
    const auto* norm = reinterpret_cast<const BatchNormImpl*>(context->saved_data["norm"].toInt());
    const auto eps = norm->options.eps();
    auto [by_x, by_weight, by_bias] =
        at::native_batch_norm_backward(gradients[0], x, weight, mean, variance, {}, {}, false, eps, {true, true, true});
    auto sums = torch::stack({by_bias, by_weight}).to(torch::kDouble);
    norm->ranks().sum(sums);
    const auto values = x.numel() / x.size(1) * norm->ranks().ranks;
    const auto scale = (variance.to(torch::kDouble) + eps).rsqrt();
    const auto factor = weight.to(torch::kDouble) * scale / static_cast<double>(values);
    const auto slope = factor * scale * sums[1], offset = factor * sums[0] - slope * mean;
    const auto type = x.scalar_type() == torch::kDouble ? torch::kDouble : torch::kFloat;
    const auto correction = torch::addcmul(by_channel(offset).to(type), x.to(type), by_channel(slope).to(type));
    return {by_x - correction.to(by_x.scalar_type()), by_weight, by_bias, {}, {}, {}};
  }
};

}  // namespace

torch::Tensor BatchNormImpl::forward(const torch::Tensor& x) {
  if (!is_training()) return torch::nn::BatchNorm2dImpl::forward(x);
  if (suits_fused_norm(x)) return normalise_fused(x, {}, false);
  return ranks_.ranks > 1 ? normalise_together(x) : torch::nn::BatchNorm2dImpl::forward(x);
}

torch::Tensor BatchNormImpl::rectified(const torch::Tensor& x, const torch::Tensor& added) {
  if (is_training() && suits_fused_norm(x)) return normalise_fused(x, added, true);
  const auto y = forward(x);
  return (added.defined() ? y.add_(added) : y).relu_();
}

torch::Tensor BatchNormImpl::normalise_fused(const torch::Tensor& x, const torch::Tensor& added, bool rectify) {
  Moments moments;
  {
    const torch::NoGradGuard no_gradient;
    moments = over_ranks(moments_of(x), ranks_);
    follow(moments.first, moments.second, x.numel() / x.size(1) * ranks_.ranks);
  }
  return fused_norm(x, added, {weight, bias, moments.first, moments.second, options.eps(), rectify, &ranks_});
}

/// Takes a batch's moments, of so many values, into the running ones.
void BatchNormImpl::follow(const torch::Tensor& mean, const torch::Tensor& variance, std::int64_t values) {
  const double momentum = options.momentum().value(), n = static_cast<double>(values);
  running_mean.lerp_(mean.to(running_mean.scalar_type()), momentum);
  running_var.lerp_((variance * (n / (n - 1))).to(running_var.scalar_type()), momentum);
  num_batches_tracked.add_(1);
}

torch::Tensor BatchNormImpl::normalise_together(const torch::Tensor& x) {
  torch::Tensor mean, variance;
  {
    const torch::NoGradGuard no_gradient;
    std::tie(mean, variance) = over_ranks(moments_by_libtorch(x.detach()), ranks_);
    follow(mean, variance, x.numel() / x.size(1) * ranks_.ranks);
    mean = mean.to(weight.scalar_type());
    variance = variance.to(weight.scalar_type());
  }
  return SharedNorm::apply(x, weight, bias, mean, variance, static_cast<const BatchNormImpl*>(this));
}

}  // namespace equinfo
