#pragma once

#include <string>
#include <utility>
#include <vector>

namespace equinfo {

/// CUDA C++, compiled while the program runs.
struct CudaSource {
  std::string text;
  std::vector<std::pair<std::string, std::string>> headers;  ///< what #include "name" stands for
};

/// Whether NVRTC, CUDA's compiler as a library, is installed: in the loader's path, or named by EQUINFO_NVRTC.
bool cuda_compiler_found();

/// Machine code for devices of one compute capability, 90 for 9.0. Throws AcceleratorError with the compiler's own
/// words, or if there is no compiler. Seconds.
std::string compile_cuda(const CudaSource& source, int capability);

}  // namespace equinfo
