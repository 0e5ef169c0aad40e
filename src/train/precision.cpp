#include "train/precision.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include "core/error.h"

namespace equinfo {
namespace {

constexpr double kFirstFactor = 65536, kGrowth = 2.0, kBackoff = 0.5;
constexpr std::int64_t kGrowthInterval = 2000;

bool is_reduced(Precision precision) { return precision == Precision::kBf16 || precision == Precision::kFp16; }

// LibTorch 2.4 made one interface of those of its devices.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
void switch_autocast(torch::Device device, bool on, torch::ScalarType type) {
  at::autocast::set_autocast_dtype(device.type(), type);
  at::autocast::set_autocast_enabled(device.type(), on);
}
#else
void switch_autocast(torch::Device device, bool on, torch::ScalarType type) {
  if (device.is_cuda()) {
    at::autocast::set_autocast_gpu_dtype(type);
    at::autocast::set_enabled(on);
  } else {
    at::autocast::set_autocast_cpu_dtype(type);
    at::autocast::set_cpu_enabled(on);
  }
}
#endif

/// One small convolution, forwards and backwards.
void try_convolution(Precision precision, torch::Device device) {
  const auto options = torch::TensorOptions(device).requires_grad(true);
  const auto images = torch::ones({2, 3, 4, 4}, options), weight = torch::ones({4, 3, 3, 3}, options);
  torch::Tensor maps;
  {
    const Autocast autocast(precision, device);
    maps = torch::conv2d(images, weight);
  }
  maps.to(torch::kFloat).sum().backward();
}

}  // namespace

Precision find_precision(const std::string& name) {
  if (name == "fp32") return Precision::kFp32;
  if (name == "tf32") return Precision::kTf32;
  if (name == "bf16") return Precision::kBf16;
  require(name == "fp16", "precision \"{}\" is unknown; there are fp32, tf32, bf16, fp16", name);
  return Precision::kFp16;
}

void prepare_precision(Precision precision, torch::Device device) {
  if (precision == Precision::kTf32 && !device.is_cuda()) {
    throw std::runtime_error("train.precision = \"tf32\" is of CUDA devices; on the CPU use fp32 or bf16");
  }
  if (device.is_cuda()) {
    at::globalContext().setAllowTF32CuBLAS(false);  // but within steps: RoundedProducts
    at::globalContext().setAllowTF32CuDNN(false);
  }
  if (precision != Precision::kFp16 || device.is_cuda()) return;
  try {
    try_convolution(precision, device);
  } catch (const c10::Error&) {
    throw std::runtime_error("train.precision = \"fp16\": this LibTorch has no such convolutions on the CPU; use bf16");
  }
}

Autocast::Autocast(Precision precision, torch::Device device) : device_(device), on_(is_reduced(precision)) {
  if (on_) switch_autocast(device_, true, precision == Precision::kBf16 ? torch::kBFloat16 : torch::kHalf);
}

Autocast::~Autocast() {
  if (!on_) return;
  switch_autocast(device_, false, torch::kBFloat16);
  at::autocast::clear_cache();  // it holds weights as they were before the step
}

LossScaler::LossScaler(torch::Device device)
    : factor(torch::full({1}, kFirstFactor, torch::TensorOptions(device))),
      growth(torch::zeros({1}, torch::TensorOptions(device).dtype(torch::kInt32))) {}

torch::Tensor LossScaler::unscale(std::vector<torch::Tensor>& gradients) {
  auto overflow = torch::zeros({1}, factor.options());
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, overflow, factor.reciprocal());
  at::_amp_update_scale_(factor, growth, overflow, kGrowth, kBackoff, kGrowthInterval);
  return overflow;
}

}  // namespace equinfo
