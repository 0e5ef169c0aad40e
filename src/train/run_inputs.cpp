#include "train/run_inputs.h"

#include <algorithm>
#include <thread>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <nlohmann/json.hpp>

#include "compute/parallel.h"
#include "core/sha256.h"
#include "core/version.h"
#include "train/gpu_ranks.h"
#include "train/run.h"
#include "transform/transform.h"

namespace equinfo {
namespace {

/// Names of the values, or of the components of a continuous T.
std::string transform_names_json(const Transform& transform) {
  auto names = transform.values;
  for (const auto& component : transform.components) names.push_back(component.name);
  return nlohmann::json(names).dump();
}

/// mpirun may have given each rank cores of its own already, which resolve_threads sees.
int threads_of(const TrainConfig& config, const Launch& launch) {
  const auto wish = static_cast<int>(config.train.threads), there = resolve_threads(wish);
  if (wish > 0) return there;
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  return std::min(there, std::max(1, cores / launch.ranks_here));
}

/// Each step asks for the memory that the last one freed. By default the C library gives it back to the system in
/// between, which then clears every page of it anew.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kMegabyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);  // the most it takes
  mallopt(M_TRIM_THRESHOLD, 2047 * kMegabyte);
  mallopt(M_TOP_PAD, 64 * kMegabyte);
#endif
}

}  // namespace

torch::Device prepare_device(const TrainConfig& config, const Launch& launch) {
  keep_freed_memory();
  at::set_num_threads(threads_of(config, launch));
  const auto& name = config.train.device;
  const bool there = torch::cuda::is_available();
  if (name == "cuda" && !there) {
    throw std::runtime_error("train.device = \"cuda\", but this LibTorch finds no CUDA device; use auto or cpu");
  }
  if (name == "cpu" || !there) return torch::kCPU;
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setBenchmarkCuDNN(false);
  const auto devices = static_cast<int>(torch::cuda::device_count());
  return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(gpu_number(launch, devices)));
}

std::map<std::string, std::string> dump_attributes(const TrainConfig& config, const ImageDataset& images,
                                                   torch::Device device) {
  const auto json = config_as_json(config);
  return {{"transform", config.transform},
          {"transform_names", transform_names_json(find_transform(config.transform))},
          {"class_names", nlohmann::json(images.class_names).dump()},
          {"dataset", images.name},
          {"dataset_sha256", images.sha256},
          {"split", split_name(Split::kTest)},
          {"config", json},
          {"config_sha256", sha256_of_text(json)},
          {"git_commit", git_commit()},
          {"libtorch", libtorch_version()},
          {"device", device.is_cuda() ? "cuda" : "cpu"},
          {"dtype", config.dump.dtype}};
}

std::map<std::string, std::string> weights_metadata(const TrainConfig& config) {
  auto json = nlohmann::ordered_json::parse(config_as_json(config));
  json["encoder"].erase("preset");
  const nlohmann::ordered_json kept{{"encoder", json["encoder"]},
                                    {"dataset", {{"mean", json["dataset"]["mean"]}, {"std", json["dataset"]["std"]}}}};
  return {{kWeightsConfig, kept.dump()}};
}

}  // namespace equinfo
