#pragma once

#include <memory>
#include <string>

#include "compute/accelerator.h"
#include "compute/cuda_compiler.h"

namespace equinfo {

/// Why no CUDA device can be used here, in words; empty if one can. The driver (libcuda) and the compiler (NVRTC) are
/// looked for when this is first asked; nothing of CUDA is needed to build or run the program without.
std::string cuda_absence();

/// Whether all processes that compute together can use one. The same answer in each, so that all of them must ask.
bool cuda_everywhere();

/// Opens a device, `number` modulo those there are, and compiles a program for it: seconds. Throws AcceleratorError if
/// there is none, and what compile_cuda throws.
std::unique_ptr<Accelerator> open_cuda_device(int number, const CudaSource& source);

}  // namespace equinfo
