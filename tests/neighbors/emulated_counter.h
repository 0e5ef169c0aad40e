#pragma once

#include "core/error.h"
#include "neighbors/device_kernels.h"
#include "support/emulated_device.h"

namespace equinfo {

/// Runs the kernels of neighbors/device_kernels.h.
class EmulatedCounter : public EmulatedDevice {
 public:
  using EmulatedDevice::EmulatedDevice;
  /// From now on `counts` of the first row are wrong.
  void break_counts() { broken_ = true; }

 protected:
  bool launch(const Launch& of) override {
    require(of.threads == device::kThreads, "emulated device: {} threads of a block are not {}", of.threads,
            device::kThreads);
    if (of.kernel == "search_radii") {
      run_blocks<device::Own, device::Shared, device::SearchTask>(of, [](auto&&... in) { device::search_tile(in...); });
      return true;
    }
    if (of.kernel != "count_pairs") return false;
    run_blocks<device::Own, device::Shared, device::CountTask>(of, [](auto&&... in) { device::count_tiles(in...); });
    auto* counts = static_cast<const device::CountTask*>(of.task)->counts;
    if (broken_ && counts != nullptr) ++counts[0];
    return true;
  }

 private:
  bool broken_ = false;
};

}  // namespace equinfo
