#pragma once

#include "compute/cuda_compiler.h"
#include "neighbors/device_rows.h"

namespace equinfo {

/// The kernels, as NVRTC takes them.
const CudaSource& neighbor_kernels();

/// The machine's CUDA device (of several processes, each the next one) with the kernels, opened once a process:
/// seconds. Throws AcceleratorError if there is none.
const DeviceUse& cuda_use();

}  // namespace equinfo
