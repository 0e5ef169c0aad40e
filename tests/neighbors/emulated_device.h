#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "compute/accelerator.h"

namespace equinfo {

/// Runs the kernels of neighbors/device_kernels.h here: block after block, and in a block phase after phase, thread
/// after thread. Where a kernel's result depended on the order of the threads of a phase, the two orders would differ.
/// Memory that no thread has written holds NaNs, and what is written past the end of an array is noticed when it is
/// released.
class EmulatedDevice : public Accelerator {
 public:
  enum class Order { kForwards, kBackwards };
  explicit EmulatedDevice(Order order) : order_(order) {}
  ~EmulatedDevice() override;

  std::string name() const override { return "emulated device"; }
  void* allocate(std::size_t bytes) override;
  void release(void* address) noexcept override;
  void write(void* address, const void* values, std::size_t bytes) override;
  void read(void* values, const void* address, std::size_t bytes) override;
  void clear(void* address, std::size_t bytes) override;
  void run(const char* kernel, int blocks, int threads, const void* task) override;

  std::size_t calls(const std::string& kernel) const { return calls_.contains(kernel) ? calls_.at(kernel) : 0; }
  /// From now on `counts` of the first row are wrong.
  void break_counts() { broken_ = true; }

 private:
  void check_range(const void* address, std::size_t bytes) const;

  Order order_;
  bool broken_ = false;
  std::map<const std::byte*, std::vector<std::byte>> arrays_;  // by their address, each with a guard behind it
  std::map<std::string, std::size_t> calls_;
};

}  // namespace equinfo
