// How a CUDA device runs the kernels.

#include "neighbors/device_kernels.h"

using namespace equinfo::device;
using Block = CudaBlock<Own>;

// Two blocks on a multiprocessor at least, so that one computes while the other waits: 128 registers a thread.
extern "C" __global__ void __launch_bounds__(kThreads, 2) count_pairs(const CountTask task) {
  __shared__ Shared shared;
  Block block;
  count_tiles(block, shared, task, static_cast<int>(blockIdx.x));
}

extern "C" __global__ void __launch_bounds__(kThreads, 2) search_radii(const SearchTask task) {
  __shared__ Shared shared;
  Block block;
  search_tile(block, shared, task, static_cast<int>(blockIdx.x));
}
