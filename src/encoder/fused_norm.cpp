#include "encoder/fused_norm.h"

#include <cmath>

#include <torch/autograd.h>

#include "encoder/norm_kernels.h"

namespace equinfo {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

MapShape shape_of(const torch::Tensor& x) { return {x.numel() / x.size(1), x.size(1)}; }

torch::Tensor in_order(const torch::Tensor& maps) { return maps.contiguous(at::MemoryFormat::ChannelsLast); }

torch::Tensor tensor_of(const std::vector<double>& values) { return torch::tensor(values, torch::kDouble); }

std::vector<double> values_of(const torch::Tensor& numbers) {
  const auto values = numbers.to(torch::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

/// Of the maps of all ranks.
GradientSums over_ranks(const GradientSums& own, const RankSum& ranks) {
  if (ranks.ranks == 1) return own;
  auto sums = torch::stack({tensor_of(own.gradient), tensor_of(own.by_distance)});
  ranks.sum(sums);
  return {values_of(sums[0]), values_of(sums[1])};
}

ChannelMap map_of(const std::vector<double>& weight, const std::vector<double>& bias, const std::vector<double>& mean,
                  const std::vector<double>& scale) {
  ChannelMap map;
  for (std::size_t c = 0; c < weight.size(); ++c) {
    map.factor.push_back(static_cast<float>(weight[c] * scale[c]));
    map.offset.push_back(static_cast<float>(bias[c] - mean[c] * weight[c] * scale[c]));
  }
  return map;
}

/// With s the scale of a channel and M its values: ∂L/∂x = w s (g − Σ g / M − (x − mean) s² Σ g (x − mean) / M).
InputGradient input_gradient(const std::vector<double>& weight, const std::vector<double>& mean,
                             const std::vector<double>& scale, const GradientSums& sums, std::int64_t rows) {
  InputGradient form;
  for (std::size_t c = 0; c < weight.size(); ++c) {
    const double factor = weight[c] * scale[c], share = factor / static_cast<double>(rows);
    const double slope = -share * scale[c] * scale[c] * sums.by_distance[c];
    form.by_gradient.push_back(static_cast<float>(factor));
    form.by_x.push_back(static_cast<float>(slope));
    form.constant.push_back(static_cast<float>(-share * sums.gradient[c] - slope * mean[c]));
  }
  return form;
}

enum Form : std::int64_t { kPlain, kRectified, kAddedAndRectified };

/// `added` is empty where there is none: LibTorch asks arguments for their device.
struct FusedNorm : torch::autograd::Function<FusedNorm> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const torch::Tensor& added,
                               const torch::Tensor& weight, const torch::Tensor& bias, const torch::Tensor& mean,
                               const torch::Tensor& scale, std::int64_t form, const RankSum* ranks) {
    const auto map = map_of(values_of(weight), values_of(bias), values_of(mean), values_of(scale));
    const auto y = torch::empty_like(x);
    const auto* from = x.data_ptr<float>();
    auto* to = y.data_ptr<float>();
    if (form == kPlain) {
      normalise(from, shape_of(x), map, to);
    } else if (form == kRectified) {
      normalise_and_rectify(from, nullptr, shape_of(x), map, to);
    } else {
      const auto summand = in_order(added);
      normalise_and_rectify(from, summand.data_ptr<float>(), shape_of(x), map, to);
    }
    context->saved_data["form"] = form;
    context->saved_data["ranks"] = reinterpret_cast<std::int64_t>(ranks);
    context->save_for_backward({x, form == kAddedAndRectified ? y : x, weight, bias, mean, scale});
    return y;
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &y = saved[1];
    const auto weight = values_of(saved[2]), mean = values_of(saved[4]), scale = values_of(saved[5]);
    const auto map = map_of(weight, values_of(saved[3]), mean, scale);
    const auto form = context->saved_data["form"].toInt();
    const auto shape = shape_of(x);
    const auto& ranks = *reinterpret_cast<const RankSum*>(context->saved_data["ranks"].toInt());
    const auto input_form = [&](const GradientSums& sums) {
      return input_gradient(weight, mean, scale, over_ranks(sums, ranks), shape.rows * ranks.ranks);
    };
    const auto gradient = in_order(gradients[0]);
    const auto by_x = torch::empty_like(x);
    const auto by_added = form == kAddedAndRectified ? torch::empty_like(x) : torch::Tensor();
    const auto *from = x.data_ptr<float>(), *g = gradient.data_ptr<float>();
    auto* to = by_x.data_ptr<float>();
    GradientSums sums;
    if (form == kPlain) {
      sums = sum_gradient(g, from, shape, mean);
      form_input_gradient(g, from, shape, input_form(sums), to);
    } else if (form == kRectified) {
      sums = sum_rectified_gradient(g, from, shape, map, mean);
      form_rectified_input_gradient(g, from, shape, map, input_form(sums), to);
    } else {
      auto* masked = by_added.data_ptr<float>();
      sums = mask_and_sum_gradient(g, y.data_ptr<float>(), from, shape, mean, masked);
      form_input_gradient(masked, from, shape, input_form(sums), to);
    }
    const auto type = saved[2].scalar_type();
    return {
        by_x, by_added, tensor_of(sums.by_distance).mul_(saved[5]).to(type), tensor_of(sums.gradient).to(type), {}, {},
        {},   {}};
  }
};

}  // namespace

bool suits_fused_norm(const torch::Tensor& x) {
  return x.device().is_cpu() && x.scalar_type() == torch::kFloat && x.dim() == 4 &&
         x.is_contiguous(at::MemoryFormat::ChannelsLast) && x.numel() > x.size(1);
}

std::pair<torch::Tensor, torch::Tensor> moments_of(const torch::Tensor& x) {
  const auto moments = find_moments(x.data_ptr<float>(), shape_of(x));
  return {tensor_of(moments.mean), tensor_of(moments.variance)};
}

torch::Tensor fused_norm(const torch::Tensor& x, const torch::Tensor& added, const FusedNormForm& form) {
  const auto kind = !form.rectify ? kPlain : added.defined() ? kAddedAndRectified : kRectified;
  return FusedNorm::apply(x, added.defined() ? added : torch::empty({0}), form.weight, form.bias, form.mean,
                          (form.variance + form.eps).sqrt().reciprocal(), static_cast<std::int64_t>(kind), form.ranks);
}

}  // namespace equinfo
