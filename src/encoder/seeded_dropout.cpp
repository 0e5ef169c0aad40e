#include "encoder/seeded_dropout.h"

namespace equinfo {

torch::Tensor SeededDropoutImpl::forward(const torch::Tensor& x) {
  if (!is_training() || p_ == 0) return x;
  if (!generator_.defined() || generator_.device() != x.device()) {
    generator_ = at::globalContext().defaultGenerator(x.device()).clone();
    generator_.set_current_seed(seed_);
  }
  return x * torch::empty_like(x).bernoulli_(1 - p_, generator_).div_(1 - p_);
}

void SeededDropoutImpl::seed(std::uint64_t seed) {
  seed_ = seed;
  if (generator_.defined()) generator_.set_current_seed(seed);
}

}  // namespace equinfo
