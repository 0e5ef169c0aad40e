#pragma once

/// What kernels for a graphics card are written with. The card's compiler (NVRTC) takes them, and so does this
/// program's own, for the tests' emulation (tests/support/emulated_device.h).
///
/// A kernel is a sequence of phases, block.each(work): all threads of a block do `work(thread, own)` and wait for each
/// other; `own` stays with the thread from phase to phase, in registers. What stands between the phases is the same for
/// all threads. The card runs a phase's threads at once, the emulation one after the other. block.add(address, value)
/// adds for all threads of the device and returns what was there before.

#ifdef __CUDACC__

#define EQUINFO_DEVICE __device__ __forceinline__
#define EQUINFO_UNROLL _Pragma("unroll")

namespace equinfo::device {

/// One thread of a block is one of CUDA's threads; a phase ends where they meet.
template <class Own>
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

}  // namespace equinfo::device

#else

#define EQUINFO_DEVICE inline
#define EQUINFO_UNROLL

#endif
