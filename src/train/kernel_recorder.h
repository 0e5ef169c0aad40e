#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <torch/types.h>

namespace equinfo {

/// Notes the kernels that some work launches on a device, and launches them again all at once. What the work reads must
/// stay where it is in memory; what it allocates while it is noted belongs to the recorder and is written anew each
/// time.
class KernelRecorder {
 public:
  virtual ~KernelRecorder() = default;
  /// Runs the work where it will be noted, so that what happens only the first time has happened.
  virtual void rehearse(const std::function<void()>& work) = 0;
  /// Notes what the work launches, in place of what was noted before; nothing of it runs. `generators`: those it draws
  /// from; each later run goes on from the state that they have then. Throws c10::Error if the work does what cannot be
  /// noted, such as waiting for the device.
  virtual void record(const std::function<void()>& work, const std::vector<at::Generator>& generators) = 0;
  /// Runs what was noted, behind everything that was launched before.
  virtual void replay() = 0;
};

/// Why this program cannot record work on a CUDA device, in words; empty if it can.
std::string cuda_recorder_absence();
/// By CUDA graphs. Throws std::runtime_error where they are absent.
std::unique_ptr<KernelRecorder> make_cuda_recorder(torch::Device device);

}  // namespace equinfo
