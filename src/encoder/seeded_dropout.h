#pragma once

#include <torch/nn/module.h>

namespace equinfo {

/// The part of a batch that one of several processes holds: of each view's images the rank-th of `ranks` equal parts.
struct BatchShare {
  std::int64_t rank = 0, ranks = 1;
  std::int64_t views = 1;  ///< stacked along the first dimension
};

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
  /// What it draws from; undefined before the first draw.
  const at::Generator& generator() const { return generator_; }
  /// Draws from another one, as the seed says, from the next pass on.
  void renew_generator() { generator_ = {}; }
  /// From now on inputs are this part of a batch, and masks are those that the whole batch would get.
  void share(const BatchShare& share) { share_ = share; }

 private:
  torch::Tensor draw_kept(const torch::Tensor& x);

  double p_;
  BatchShare share_;
  std::uint64_t seed_ = 0;
  at::Generator generator_;
};
TORCH_MODULE(SeededDropout);

}  // namespace equinfo
