// How a CUDA device runs the kernels: one thread of a block is one of its threads, a phase ends where they meet.

#include "neighbors/device_kernels.h"

namespace equinfo::device {
namespace {

class CudaBlock {
 public:
  template <class Work>
  __device__ __forceinline__ void each(const Work& work) {
    work(static_cast<int>(threadIdx.x), own_);
    __syncthreads();
  }
  template <class Number>
  __device__ __forceinline__ Number add(Number* address, Number value) {
    return atomicAdd(address, value);
  }

 private:
  Own own_;
};

}  // namespace
}  // namespace equinfo::device

using namespace equinfo::device;

// Two blocks on a multiprocessor at least, so that one computes while the other waits: 128 registers a thread.
extern "C" __global__ void __launch_bounds__(kThreads, 2) count_pairs(const CountTask task) {
  __shared__ Shared shared;
  CudaBlock block;
  count_tiles(block, shared, task, static_cast<int>(blockIdx.x));
}

extern "C" __global__ void __launch_bounds__(kThreads, 2) search_radii(const SearchTask task) {
  __shared__ Shared shared;
  CudaBlock block;
  search_tile(block, shared, task, static_cast<int>(blockIdx.x));
}
