#include "encoder/group_convolution.h"

namespace equinfo {
namespace {

/// The permutation of the entries (t, position) of a filter with which orientation s reads it.
torch::Tensor moves_of(const PointGroup& group, std::int64_t fields, std::int64_t kernel, std::int64_t s) {
  const std::int64_t area = kernel * kernel;
  const auto positions = act_on_plane(torch::arange(area, torch::kInt64).view({kernel, kernel}), s).reshape(-1);
  std::vector<torch::Tensor> moves;
  for (std::int64_t t = 0; t < fields; ++t) {
    moves.push_back(positions + (fields == 1 ? 0 : group.product(group.inverse(s), t) * area));
  }
  return torch::cat(moves);
}

/// The orientations of a channel where they are in `x`.
torch::Tensor among_channels(const torch::Tensor& beside, const torch::Tensor& x) {
  return beside.permute({0, 2, 3, 1})
      .contiguous()
      .view({x.size(0), x.size(2), x.size(3), x.size(1)})
      .permute({0, 3, 1, 2});
}

}  // namespace

GroupConvolutionImpl::GroupConvolutionImpl(const PointGroup& group, GroupInput input, std::int64_t in, std::int64_t out,
                                           std::int64_t kernel)
    : in_(in), out_(out), kernel_(kernel), fields_(input == GroupInput::kImage ? 1 : group.order()) {
  std::vector<std::int64_t> shape{out, in, kernel, kernel};
  if (input == GroupInput::kFeatures) shape.insert(shape.begin() + 1, fields_);
  for (std::int64_t s = 0; s < group.order(); ++s) moves_.push_back(moves_of(group, fields_, kernel, s));
  const double bound = 1.0 / std::sqrt(static_cast<double>(fields_ * in * kernel * kernel));
  weight = register_parameter("weight", torch::empty(shape).uniform_(-bound, bound));
}

torch::Tensor GroupConvolutionImpl::expand() const {
  const auto orientations = static_cast<std::int64_t>(moves_.size());
  const auto psi = fields_ == 1 ? weight.unsqueeze(1) : weight;
  // One row for each (t, position). An orientation reads every row once, so that the gradient of the selection adds one
  // value to each place: its result does not depend on the order in which a device works.
  const auto rows = psi.permute({1, 3, 4, 0, 2}).reshape({fields_ * kernel_ * kernel_, out_ * in_});
  std::vector<torch::Tensor> seen;
  for (const auto& moves : moves_) seen.push_back(rows.index_select(0, moves));
  return torch::stack(seen)
      .view({orientations, fields_, kernel_, kernel_, out_, in_})
      .permute({0, 4, 2, 3, 1, 5})
      .reshape({orientations * out_, kernel_, kernel_, fields_ * in_})
      .permute({0, 3, 1, 2});
}

torch::Tensor GroupConvolutionImpl::filters() {
  if (moves_.front().device() != weight.device()) {
    for (auto& moves : moves_) moves = moves.to(weight.device());
  }
  if (is_training() || torch::GradMode::is_enabled()) {
    kept_.reset();  // a step of an optimizer may follow, which LibTorch's version counter does not see
    return expand();
  }
  const auto version = static_cast<std::int64_t>(weight._version());
  if (!kept_.defined() || kept_data_ != weight.data_ptr() || kept_version_ != version ||
      kept_.options().dtype() != weight.options().dtype()) {
    kept_ = expand();
    kept_data_ = weight.data_ptr();
    kept_version_ = version;
  }
  return kept_;
}

void GroupConvolutionImpl::train(bool on) {
  kept_.reset();
  torch::nn::Module::train(on);
}

torch::Tensor GroupConvolutionImpl::forward(const torch::Tensor& x, std::int64_t stride) {
  return torch::conv2d(x, filters(), {}, stride, kernel_ / 2);
}

/// The orientations of a channel as further columns of its map, in channels-last order.
torch::Tensor GroupBatchNormImpl::beside(const torch::Tensor& x) const {
  const auto channels = options.num_features(), orientations = x.size(1) / channels;
  return x.permute({0, 2, 3, 1})
      .contiguous()
      .view({x.size(0), x.size(2), x.size(3) * orientations, channels})
      .permute({0, 3, 1, 2});
}

torch::Tensor GroupBatchNormImpl::forward(const torch::Tensor& x) {
  return among_channels(BatchNormImpl::forward(beside(x)), x);
}

torch::Tensor GroupBatchNormImpl::rectified(const torch::Tensor& x, const torch::Tensor& added) {
  return among_channels(BatchNormImpl::rectified(beside(x), added.defined() ? beside(added) : added), x);
}

}  // namespace equinfo
