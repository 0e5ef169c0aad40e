#include "train/kernel_recorder.h"

#ifdef EQUINFO_CUDA_GRAPHS
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#endif

namespace equinfo {

#ifdef EQUINFO_CUDA_GRAPHS

namespace {

/// A graph must be recorded on another stream than the default one. Memory that goes from stream to stream is in
/// nobody's use meanwhile, for the device is idle each time: that happens a few times in a run.
class CudaRecorder : public KernelRecorder {
 public:
  explicit CudaRecorder(torch::Device device) : stream_(c10::cuda::getStreamFromPool(false, device.index())) {}

  void rehearse(const std::function<void()>& work) override {
    const c10::cuda::CUDAStreamGuard guard(stream_);
    c10::cuda::device_synchronize();
    work();
    c10::cuda::device_synchronize();
  }

  void record(const std::function<void()>& work, const std::vector<at::Generator>& generators) override {
    const c10::cuda::CUDAStreamGuard guard(stream_);
    c10::cuda::device_synchronize();
    c10::cuda::CUDACachingAllocator::emptyCache();  // the graph takes memory of its own
    auto& graph = graph_.emplace();
    for (const auto& generator : generators) graph.register_generator_state(generator);
    graph.capture_begin();
    try {
      work();
    } catch (...) {
      end_after_failure();
      throw;
    }
    graph.capture_end();
  }

  void replay() override { graph_.value().replay(); }

 private:
  /// The stream must leave its recording, which fails as well; the first failure tells more.
  void end_after_failure() noexcept {
    try {
      graph_->capture_end();
    } catch (const std::exception&) {
    }
    graph_.reset();
  }

  c10::cuda::CUDAStream stream_;
  std::optional<at::cuda::CUDAGraph> graph_;
};

}  // namespace

std::string cuda_recorder_absence() { return ""; }

std::unique_ptr<KernelRecorder> make_cuda_recorder(torch::Device device) {
  return std::make_unique<CudaRecorder>(device);
}

#else

std::string cuda_recorder_absence() { return "this essl-train was built without CUDA graphs"; }

std::unique_ptr<KernelRecorder> make_cuda_recorder(torch::Device) { throw std::runtime_error(cuda_recorder_absence()); }

#endif

}  // namespace equinfo
