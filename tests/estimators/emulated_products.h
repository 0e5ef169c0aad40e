#pragma once

#include "core/error.h"
#include "estimators/product_kernels.h"
#include "support/emulated_device.h"

namespace equinfo {

/// Runs the kernels of estimators/product_kernels.h.
class EmulatedProducts : public EmulatedDevice {
 public:
  using EmulatedDevice::EmulatedDevice;
  /// From now on the sums of parts are wrong.
  void break_sums() { broken_ = true; }

 protected:
  bool launch(const Launch& of) override {
    using namespace products;
    require(of.threads == kThreads, "emulated device: {} threads of a block are not {}", of.threads, kThreads);
    if (of.kernel == "multiply") {
      run_blocks<Own, Shared, ProductTask>(of, [](auto&&... in) { multiply_tile(in...); });
    } else if (of.kernel == "soften") {
      run_blocks<Own, Shared, SoftmaxTask>(of, [](auto&&... in) { soften_rows(in...); });
    } else if (of.kernel == "sum_up") {
      run_blocks<Own, Shared, SumTask>(of, [](auto&&... in) { sum_parts(in...); });
      if (broken_) static_cast<const SumTask*>(of.task)->sums[0] += 1.0;
    } else {
      return false;
    }
    return true;
  }

 private:
  bool broken_ = false;
};

}  // namespace equinfo
