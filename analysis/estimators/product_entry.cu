// How a CUDA device runs the kernels.

#include "estimators/product_kernels.h"

using namespace equinfo::products;
using Block = equinfo::device::CudaBlock<Own>;

extern "C" __global__ void __launch_bounds__(kThreads) multiply(const ProductTask task) {
  __shared__ Shared shared;
  Block block;
  multiply_tile(block, shared, task, static_cast<int>(blockIdx.x));
}

extern "C" __global__ void __launch_bounds__(kThreads) soften(const SoftmaxTask task) {
  __shared__ Shared shared;
  Block block;
  soften_rows(block, shared, task, static_cast<int>(blockIdx.x));
}

extern "C" __global__ void __launch_bounds__(kThreads) sum_up(const SumTask task) {
  __shared__ Shared shared;
  Block block;
  sum_parts(block, shared, task, static_cast<int>(blockIdx.x));
}
