#include "train/crew.h"

#include <algorithm>
#include <exception>
#include <mutex>

#include <torch/autograd.h>

namespace equinfo {
namespace {

constexpr std::int64_t kLeastImages = 4;  // of a member

}  // namespace

int crew_size(int threads, std::int64_t images) {
  for (int members = threads; 2 * members > threads; --members) {
    if (images % members == 0 && images / members >= kLeastImages) return members;
  }
  return 1;
}

Crew::Crew(const Encoder& encoder, const EncoderOptions& options, int members, std::int64_t views, const Ranks& ranks)
    : views_(views), ranks_(ranks), meeting_(members), turn_(static_cast<std::size_t>(members), 0) {
  for (int member = 0; member < members; ++member) {
    encoders_.push_back(member == 0 ? encoder : make_encoder(options));
    if (member > 0) encoders_.back()->train();
    parameters_.push_back(encoders_.back()->parameters());
    const auto number = static_cast<std::size_t>(member);
    encoders_.back()->share_batches(
        {ranks.rank() * members + member, static_cast<std::int64_t>(ranks.count()) * members, views},
        [this, number](torch::Tensor& values) { sum(number, values); });
  }
  for (auto& part : sums_) part.given.resize(encoders_.size());
}

/// The first failure ends the work of all.
void Crew::together(const std::function<void(std::size_t)>& work) {
  std::exception_ptr failure;
  std::mutex failure_mutex;
  meeting_.renew();
  std::ranges::fill(turn_, 0);
  run_together(members(), [&](int member) {
    try {
      work(static_cast<std::size_t>(member));
    } catch (const Rendezvous::Abandoned&) {
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
      meeting_.abandon();
    }
  });
  if (failure) std::rethrow_exception(failure);
}

/// Replaces a member's float64 values by their sum over all members of all ranks, added in their order.
void Crew::sum(std::size_t member, torch::Tensor& values) {
  auto& sum = sums_[turn_[member]];
  turn_[member] = 1 - turn_[member];
  sum.given[member] = values;
  meeting_.wait();
  const auto add = [&] {
    auto total = sum.given.front().clone();
    for (std::size_t i = 1; i < sum.given.size(); ++i) total.add_(sum.given[i]);
    return total;
  };
  if (ranks_.count() == 1) {
    values = add();
    return;
  }
  if (member == 0) {
    sum.over_ranks = add();
    ranks_.sum(sum.over_ranks);
  }
  meeting_.wait();
  values = sum.over_ranks.clone();
}

/// The encoder's parameters may have been replaced since, as by a checkpoint.
void Crew::use_own_parameters() {
  for (std::size_t member = 1; member < parameters_.size(); ++member) {
    for (std::size_t i = 0; i < parameters_[member].size(); ++i) {
      auto& mine = parameters_[member][i];
      const auto& own = parameters_.front()[i];
      if (mine.data_ptr() != own.data_ptr()) mine.set_data(own.detach());
    }
  }
}

std::vector<torch::Tensor> Crew::represent(const std::function<torch::Tensor(Encoder&, std::int64_t)>& pass) {
  use_own_parameters();
  parts_.assign(encoders_.size(), {});
  together([&](std::size_t member) { parts_[member] = pass(encoders_[member], static_cast<std::int64_t>(member)); });
  z_.clear();
  const auto rows = parts_.front().size(0) / views_;
  for (std::int64_t view = 0; view < views_; ++view) {
    std::vector<torch::Tensor> of_view;
    for (const auto& part : parts_) of_view.push_back(part.detach().narrow(0, view * rows, rows));
    z_.push_back(torch::cat(of_view).set_requires_grad(true));
  }
  return z_;
}

/// Of a member's z; a view that no loss reads has none.
torch::Tensor Crew::gradient_of(std::size_t member) const {
  const auto& part = parts_[member];
  const auto rows = part.size(0) / views_, first = static_cast<std::int64_t>(member) * rows;
  std::vector<torch::Tensor> of_views;
  for (const auto& z : z_) {
    const auto& gradient = z.grad();
    of_views.push_back(gradient.defined() ? gradient.narrow(0, first, rows)
                                          : torch::zeros_like(part.narrow(0, 0, rows)));
  }
  return torch::cat(of_views);
}

void Crew::descend() {
  together([&](std::size_t member) {
    torch::autograd::backward({parts_[member]}, {gradient_of(member)});
    meeting_.wait();
    add_gradients(member);
  });
  parts_.clear();
  z_.clear();
}

/// Of every so many parameters one member adds up the gradients of all.
void Crew::add_gradients(std::size_t member) {
  const torch::NoGradGuard no_gradient;
  for (auto i = member; i < parameters_.front().size(); i += parameters_.size()) {
    auto& sum = parameters_.front()[i].mutable_grad();
    for (std::size_t other = 1; other < parameters_.size(); ++other) {
      auto& gradient = parameters_[other][i].mutable_grad();
      if (gradient.defined()) sum.add_(gradient);
      gradient.reset();
    }
  }
}

}  // namespace equinfo
