#include "support/emulated_device.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "core/error.h"

namespace equinfo {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kGuard = 0;  // the sanitizer has guards of its own, which see reading, too
#else
constexpr std::size_t kGuard = 256;
#endif
constexpr std::byte kUnwritten{0xff};  // four of them are a NaN

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
  ++calls_[kernel];
  require(launch({kernel, blocks, threads, task}), "emulated device: there is no kernel {}", kernel);
}

}  // namespace equinfo
