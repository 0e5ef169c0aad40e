#pragma once

#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "compute/accelerator.h"

namespace equinfo {

/// A block of threads of which one works after the other (compute/device_code.h).
template <class Own>
class EmulatedBlock {
 public:
  EmulatedBlock(int threads, bool backwards) : backwards_(backwards), own_(static_cast<std::size_t>(threads)) {
    std::memset(static_cast<void*>(own_.data()), 0xff, own_.size() * sizeof(Own));
  }

  template <class Work>
  void each(const Work& work) {
    for (std::size_t n = 0; n < own_.size(); ++n) {
      const std::size_t thread = backwards_ ? own_.size() - 1 - n : n;
      work(static_cast<int>(thread), own_[thread]);
    }
  }
  template <class Number>
  Number add(Number* address, std::type_identity_t<Number> value) {
    const Number before = *address;
    *address = before + value;
    return before;
  }

 private:
  bool backwards_;
  std::vector<Own> own_;
};

/// Runs kernels here: block after block, and in a block phase after phase, thread after thread. Where a kernel's result
/// depended on the order of the threads of a phase, the two orders would differ. Memory that no thread has written
/// holds NaNs, and what is written past the end of an array is noticed when it is released.
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
  void run(const char* kernel, int blocks, int threads, const void* task) final;

  std::size_t calls(const std::string& kernel) const { return calls_.contains(kernel) ? calls_.at(kernel) : 0; }

 protected:
  struct Launch {
    std::string kernel;
    int blocks, threads;
    const void* task;
  };
  /// Runs a kernel; false if there is none of that name.
  virtual bool launch(const Launch& launch) = 0;

  /// kernel(block, shared, task, index) for every block of a launch.
  template <class Own, class Shared, class Task, class Kernel>
  void run_blocks(const Launch& launch, const Kernel& kernel) const {
    const auto shared = std::make_unique<Shared>();
    const bool backwards = order_ == Order::kBackwards;
    for (int n = 0; n < launch.blocks; ++n) {
      std::memset(static_cast<void*>(shared.get()), 0xff, sizeof(Shared));
      EmulatedBlock<Own> block(launch.threads, backwards);
      kernel(block, *shared, *static_cast<const Task*>(launch.task), backwards ? launch.blocks - 1 - n : n);
    }
  }

 private:
  void check_range(const void* address, std::size_t bytes) const;

  Order order_;
  std::map<const std::byte*, std::vector<std::byte>> arrays_;  // by their address, each with a guard behind it
  std::map<std::string, std::size_t> calls_;
};

}  // namespace equinfo
