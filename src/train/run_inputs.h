#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <torch/types.h>

#include "dataset/dataset.h"
#include "train/config.h"
#include "train/launch.h"

namespace equinfo {

/// Sets the CPU's threads and gives the device that the configuration asks for: of several GPUs the one of this rank's
/// number on its machine, and if the number of threads is left open its part of the cores. Throws std::runtime_error if
/// it asks for CUDA and there is none.
torch::Device prepare_device(const TrainConfig& config, const Launch& launch = {});

/// What the root of a file of features says of where they come from; see src/store/README.md.
std::map<std::string, std::string> dump_attributes(const TrainConfig& config, const ImageDataset& images,
                                                   torch::Device device);

/// Name under which a file of weights keeps what its encoder is made with.
inline constexpr const char* kWeightsConfig = "equinfo.config";

/// What a file of weights says of itself: the keys encoder.*, dataset.mean and dataset.std as JSON, so that its encoder
/// can be made again.
std::map<std::string, std::string> weights_metadata(const TrainConfig& config);

/// Runs `work`; LibTorch's errors, which span a page, become a std::runtime_error of one line.
template <class Work>
auto in_one_line(const Work& work) try {
  return work();
} catch (const c10::Error& error) {
  const std::string reason = error.what_without_backtrace();
  throw std::runtime_error("LibTorch: " + reason.substr(0, reason.find('\n')));
}

}  // namespace equinfo
