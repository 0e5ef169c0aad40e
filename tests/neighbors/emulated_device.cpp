#include "neighbors/emulated_device.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>

#include "core/error.h"
#include "neighbors/device_kernels.h"

namespace equinfo {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kGuard = 0;  // the sanitizer has guards of its own, which see reading, too
#else
constexpr std::size_t kGuard = 256;
#endif
constexpr std::byte kUnwritten{0xff};  // four of them are a NaN

class EmulatedBlock {
 public:
  explicit EmulatedBlock(bool backwards) : backwards_(backwards), own_(device::kThreads) {
    std::memset(own_.data(), 0xff, own_.size() * sizeof(device::Own));
  }

  template <class Work>
  void each(const Work& work) {
    for (int n = 0; n < device::kThreads; ++n) {
      const int thread = backwards_ ? device::kThreads - 1 - n : n;
      work(thread, own_[static_cast<std::size_t>(thread)]);
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
  std::vector<device::Own> own_;
};

template <class Task, class Kernel>
void run_blocks(int blocks, bool backwards, const void* task, const Kernel& kernel) {
  const auto shared = std::make_unique<device::Shared>();
  for (int n = 0; n < blocks; ++n) {
    std::memset(static_cast<void*>(shared.get()), 0xff, sizeof(device::Shared));
    EmulatedBlock block(backwards);
    const int index = backwards ? blocks - 1 - n : n;
    kernel(block, *shared, *static_cast<const Task*>(task), index);
  }
}

}  // namespace

EmulatedDevice::~EmulatedDevice() {
  if (!arrays_.empty()) std::fputs("an array was not released\n", stderr), std::abort();
}

void* EmulatedDevice::allocate(std::size_t bytes) {
  std::vector<std::byte> array(std::max<std::size_t>(bytes + kGuard, 1), kUnwritten);
  std::byte* const address = array.data();
  arrays_.emplace(address, std::move(array));
  return address;
}

void EmulatedDevice::release(void* address) noexcept {
  const auto found = arrays_.find(static_cast<std::byte*>(address));
  const auto& array = found->second;
  const bool whole = std::all_of(array.end() - kGuard, array.end(), [](std::byte b) { return b == kUnwritten; });
  if (!whole) std::fputs("a kernel wrote past the end of an array\n", stderr), std::abort();
  arrays_.erase(found);
}

void EmulatedDevice::check_range(const void* address, std::size_t bytes) const {
  const auto* first = static_cast<const std::byte*>(address);
  const auto after = arrays_.upper_bound(first);
  require(after != arrays_.begin(), "emulated device: an address of no array");
  const auto& [begin, array] = *std::prev(after);
  require(first + bytes <= begin + array.size() - kGuard, "emulated device: {} bytes go past the end of an array",
          bytes);
}

void EmulatedDevice::write(void* address, const void* values, std::size_t bytes) {
  check_range(address, bytes);
  std::memcpy(address, values, bytes);
}

void EmulatedDevice::read(void* values, const void* address, std::size_t bytes) {
  check_range(address, bytes);
  std::memcpy(values, address, bytes);
}

void EmulatedDevice::clear(void* address, std::size_t bytes) {
  check_range(address, bytes);
  std::memset(address, 0, bytes);
}

void EmulatedDevice::run(const char* kernel, int blocks, int threads, const void* task) {
  require(threads == device::kThreads, "emulated device: {} threads of a block are not {}", threads, device::kThreads);
  const bool backwards = order_ == Order::kBackwards;
  ++calls_[kernel];
  if (std::string(kernel) == "count_pairs") {
    run_blocks<device::CountTask>(blocks, backwards, task, [](auto&... of) { device::count_tiles(of...); });
    auto* counts = static_cast<const device::CountTask*>(task)->counts;
    if (broken_ && counts != nullptr) ++counts[0];
  } else {
    require(std::string(kernel) == "search_radii", "emulated device: there is no kernel {}", kernel);
    run_blocks<device::SearchTask>(blocks, backwards, task, [](auto&... of) { device::search_tile(of...); });
  }
}

}  // namespace equinfo
