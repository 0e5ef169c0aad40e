#include "compute/cuda_device.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compute/shared_library.h"
#include "compute/team.h"

namespace equinfo {
namespace {

// The driver's own types, as far as they are needed: results and devices are ints, all else is opaque.
using Address = unsigned long long;
using Context = void*;
using Module = void*;
using Function = void*;
constexpr int kMajorCapability = 75, kMinorCapability = 76;

/// libcuda's functions.
struct Driver {
  SharedLibrary library{{"libcuda.so.1", "libcuda.so"}};
  int devices = 0;

  Driver() {
    if (library.found() && call<unsigned>("cuInit", 0U) == 0) call<int*>("cuDeviceGetCount", &devices);
  }
  /// The function's result: 0 for success. Its parameters' types must be given as the driver has them.
  template <class... Parameters>
  int call(const char* name, Parameters... parameters) const {
    return library.function<int(Parameters...)>(name)(parameters...);
  }
};

const Driver& driver() {
  static const Driver the_driver;
  return the_driver;
}

template <class... Parameters>
void checked(const char* name, Parameters... parameters) {
  const int result = driver().call<Parameters...>(name, parameters...);
  if (result == 0) return;
  const char* text = nullptr;
  driver().call<int, const char**>("cuGetErrorString", result, &text);
  throw AcceleratorError(fmt::format("cuda: {}: {}", name, text != nullptr ? text : "unknown error"));
}

Address number_of(const void* address) { return reinterpret_cast<Address>(address); }

class CudaDevice : public Accelerator {
 public:
  CudaDevice(int number, const CudaSource& source) {
    checked<int*, int>("cuDeviceGet", &device_, number);
    checked<Context*, int>("cuDevicePrimaryCtxRetain", &context_, device_);
    use();
    const std::string code = compile_cuda(source, 10 * attribute(kMajorCapability) + attribute(kMinorCapability));
    checked<Module*, const void*>("cuModuleLoadData", &module_, code.data());
  }

  std::string name() const override {
    std::string text(256, '\0');
    checked<char*, int, int>("cuDeviceGetName", text.data(), static_cast<int>(text.size()), device_);
    return text.c_str();
  }
  void* allocate(std::size_t bytes) override {
    use();
    Address address = 0;
    checked<Address*, std::size_t>("cuMemAlloc_v2", &address, bytes > 0 ? bytes : 1);
    return reinterpret_cast<void*>(address);
  }
  void release(void* address) noexcept override {
    driver().call<Context>("cuCtxSetCurrent", context_);
    driver().call<Address>("cuMemFree_v2", number_of(address));
  }
  void write(void* address, const void* values, std::size_t bytes) override {
    use();
    checked<Address, const void*, std::size_t>("cuMemcpyHtoD_v2", number_of(address), values, bytes);
  }
  void read(void* values, const void* address, std::size_t bytes) override {
    use();
    checked<void*, Address, std::size_t>("cuMemcpyDtoH_v2", values, number_of(address), bytes);
  }
  void clear(void* address, std::size_t bytes) override {
    use();
    checked<Address, unsigned char, std::size_t>("cuMemsetD8_v2", number_of(address), 0, bytes);
  }
  void run(const char* kernel, int blocks, int threads, const void* task) override {
    if (blocks == 0) return;
    use();
    void* parameters[]{const_cast<void*>(task)};
    const auto count = static_cast<unsigned>(blocks), of_block = static_cast<unsigned>(threads);
    checked<Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*, void**, void**>(
        "cuLaunchKernel", function(kernel), count, 1, 1, of_block, 1, 1, 0, nullptr, parameters, nullptr);
    checked<>("cuCtxSynchronize");
  }

 private:
  /// A context belongs to a thread; any may come.
  void use() const { checked<Context>("cuCtxSetCurrent", context_); }

  int attribute(int which) const {
    int value = 0;
    checked<int*, int, int>("cuDeviceGetAttribute", &value, which, device_);
    return value;
  }
  Function function(const char* kernel) {
    Function& found = functions_[kernel];
    if (found == nullptr) checked<Function*, Module, const char*>("cuModuleGetFunction", &found, module_, kernel);
    return found;
  }

  int device_ = 0;
  Context context_ = nullptr;
  Module module_ = nullptr;
  std::map<std::string, Function> functions_;
};

}  // namespace

std::string cuda_absence() {
  if (!driver().library.found()) return "there is no CUDA driver (libcuda.so.1)";
  if (driver().devices == 0) return "the CUDA driver finds no device";
  if (!cuda_compiler_found()) return "there is no CUDA compiler library (libnvrtc.so; EQUINFO_NVRTC may name its file)";
  return "";
}

bool cuda_everywhere() {
  const auto here = static_cast<std::byte>(cuda_absence().empty());
  if (!work_is_shared()) return here != std::byte{0};
  const auto of_ranks = gather_over_team({&here, 1});
  return std::ranges::all_of(of_ranks, [](const auto& said) { return said.front() != std::byte{0}; });
}

std::unique_ptr<Accelerator> open_cuda_device(int number, const CudaSource& source) {
  if (const std::string absence = cuda_absence(); !absence.empty()) throw AcceleratorError("cuda: " + absence);
  return std::make_unique<CudaDevice>(number % driver().devices, source);
}

}  // namespace equinfo
