#pragma once

#include <cstdint>
#include <mutex>

#include "compute/accelerator.h"

namespace equinfo {

/// Where the probes that can be trained on a device are trained. Readings agree to rounding, not byte by byte.
enum class DeviceChoice { kCpu, kCuda };

/// A device with the kernels of product_kernels.h, which trains one probe at a time.
class ProbeDevice {
 public:
  /// Throws AcceleratorError if it computes another loss of a few drawn rows than the processor does.
  explicit ProbeDevice(Accelerator& accelerator);

  Accelerator& accelerator() const { return accelerator_; }
  /// Waits until no other thread trains on it.
  std::unique_lock<std::mutex> reserved() const { return std::unique_lock(in_use_); }

 private:
  Accelerator& accelerator_;
  mutable std::mutex in_use_;
};

/// The device to train on; null: the processor. Throws AcceleratorError where kCuda finds none, or one that does not
/// compute what the processor does.
const ProbeDevice* probe_device(DeviceChoice choice);

}  // namespace equinfo
