#include "encoder/seeded_dropout.h"

namespace equinfo {

torch::Tensor SeededDropoutImpl::forward(const torch::Tensor& x) {
  if (!is_training() || p_ == 0) return x;
  if (!generator_.defined() || generator_.device() != x.device()) {
    generator_ = at::globalContext().defaultGenerator(x.device()).clone();
    generator_.set_current_seed(seed_);
  }
  return x * draw_kept(x).div_(1 - p_);
}

/// 1 with probability 1 − p, of the shape of x.
torch::Tensor SeededDropoutImpl::draw_kept(const torch::Tensor& x) {
  if (share_.ranks == 1) return torch::empty_like(x).bernoulli_(1 - p_, generator_);
  const auto rows = x.size(0) / share_.views;
  auto whole = x.sizes().vec();
  whole[0] *= share_.ranks;
  const auto kept = torch::empty(whole, x.options(), x.suggest_memory_format()).bernoulli_(1 - p_, generator_);
  std::vector<torch::Tensor> mine;
  for (std::int64_t view = 0; view < share_.views; ++view) {
    mine.push_back(kept.narrow(0, (view * share_.ranks + share_.rank) * rows, rows));
  }
  return torch::cat(mine);
}

void SeededDropoutImpl::seed(std::uint64_t seed) {
  seed_ = seed;
  if (generator_.defined()) generator_.set_current_seed(seed);
}

}  // namespace equinfo
