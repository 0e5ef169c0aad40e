#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

namespace equinfo {

/// What goes wrong on a device: too little memory, say.
class AcceleratorError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A device with memory of its own that runs kernels of one program in many blocks of threads. Calls return when the
/// device is done, and throw AcceleratorError. One thread at a time.
class Accelerator {
 public:
  virtual ~Accelerator() = default;
  virtual std::string name() const = 0;
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* address) noexcept = 0;
  virtual void write(void* address, const void* values, std::size_t bytes) = 0;
  virtual void read(void* values, const void* address, std::size_t bytes) = 0;
  virtual void clear(void* address, std::size_t bytes) = 0;
  /// task: the kernel's only parameter.
  virtual void run(const char* kernel, int blocks, int threads, const void* task) = 0;
};

/// Numbers or plain structs in a device's memory.
template <class T>
class DeviceArray {
 public:
  DeviceArray(Accelerator& device, std::size_t size)
      : device_(device), size_(size), data_(static_cast<T*>(device.allocate(size * sizeof(T)))) {}
  DeviceArray(Accelerator& device, std::span<const T> values) : DeviceArray(device, values.size()) { write(values); }
  ~DeviceArray() { device_.release(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return data_; }  ///< an address on the device
  std::size_t size() const { return size_; }
  /// From element `first` on.
  void write(std::span<const T> values, std::size_t first = 0) {
    if (!values.empty()) device_.write(data_ + first, values.data(), values.size_bytes());
  }
  void read(std::span<T> values, std::size_t first = 0) const {
    if (!values.empty()) device_.read(values.data(), data_ + first, values.size_bytes());
  }
  void clear() { device_.clear(data_, size_ * sizeof(T)); }

 private:
  Accelerator& device_;
  std::size_t size_;
  T* data_;
};

}  // namespace equinfo
