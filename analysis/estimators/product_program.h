#pragma once

#include "compute/cuda_compiler.h"
#include "estimators/probe_device.h"

namespace equinfo {

/// The kernels of product_kernels.h, as NVRTC takes them.
const CudaSource& product_kernels();

/// The machine's CUDA device (of several processes, each the next one) with the kernels, opened and checked once a
/// process: seconds. Throws AcceleratorError if there is none.
const ProbeDevice& cuda_probe_device();

}  // namespace equinfo
