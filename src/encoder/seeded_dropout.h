#pragma once

#include <torch/torch.h>

namespace equinfo {

/// Dropout (Srivastava et al., 2014): in training each value is silenced with probability p and the others are divided
/// by 1 − p. Draws come from a generator of its own, never from LibTorch's global one, so that equal seeds give equal
/// masks and a resumed run goes on as an undisturbed one.
class SeededDropoutImpl : public torch::nn::Module {
 public:
  /// p in [0, 1).
  explicit SeededDropoutImpl(double p) : p_(p) {}
  torch::Tensor forward(const torch::Tensor& x);
  /// Starts the draws anew.
  void seed(std::uint64_t seed);

 private:
  double p_;
  std::uint64_t seed_ = 0;
  at::Generator generator_;
};
TORCH_MODULE(SeededDropout);

}  // namespace equinfo
