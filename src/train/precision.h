#pragma once

#include <string>

#include <torch/types.h>

namespace equinfo {

/// In which numbers the encoder's products are formed in training. Weights, heads, losses and batch statistics are
/// float32 in any case, and so is everything outside training.
enum class Precision { kFp32, kTf32, kBf16, kFp16 };

/// "fp32" … "fp16". Throws std::invalid_argument for another name.
Precision find_precision(const std::string& name);

/// Keeps CUDA from rounding factors of float32 products to TF32 in this process, which RoundedProducts allows in steps.
/// Throws std::runtime_error if the device cannot train in this precision: tf32 without CUDA, fp16 on a CPU whose
/// LibTorch has no such convolutions.
void prepare_precision(Precision precision, torch::Device device);

/// While it lives, LibTorch's own choice of operations runs in bf16 or fp16; nothing happens for the other two.
class Autocast {
 public:
  Autocast(Precision precision, torch::Device device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  torch::Device device_;
  bool on_;
};

/// Factor of the loss that keeps small gradients within fp16's range: halved when a gradient overflows, whose step is
/// then left out, and doubled after 2,000 steps without. It stays on the device.
struct LossScaler {
  explicit LossScaler(torch::Device device);

  /// Divides the gradients by the factor, adapts that, and gives a float32 scalar: 0, or 1 if one is not finite.
  torch::Tensor unscale(std::vector<torch::Tensor>& gradients);

  torch::Tensor factor;  ///< [1] float32, 65,536 at first
  torch::Tensor growth;  ///< [1] int32, steps since it was changed
};

}  // namespace equinfo
