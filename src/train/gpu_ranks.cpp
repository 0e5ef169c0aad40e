#include "train/gpu_ranks.h"

#include <stdexcept>

#include <fmt/format.h>
#include <torch/cuda.h>

#include "train/nccl_transport.h"

namespace equinfo {

int gpu_number(const Launch& launch, int gpus) { return launch.rank_here % gpus; }

std::string nccl_obstacle(const Launch& launch, int gpus) {
  if (gpus == 0) return "training is on the CPU";
  if (launch.ranks_here > gpus) return fmt::format("{} ranks share {} GPUs", launch.ranks_here, gpus);
  return nccl_absence();
}

void connect_gpus(Ranks& ranks, c10::Device device, const std::string& wish) {
  if (ranks.count() == 1 || wish == "no") return;
  const int gpus = device.is_cuda() ? static_cast<int>(torch::cuda::device_count()) : 0;
  const std::string obstacle = nccl_obstacle(ranks.launch(), gpus);
  if (ranks.any(!obstacle.empty())) {
    if (wish == "auto") return;
    throw std::runtime_error(
        fmt::format("train.nccl = \"yes\", but {}", obstacle.empty() ? "another rank cannot use it" : obstacle));
  }
  NcclId id{};
  if (ranks.first()) id = make_nccl_id();
  ranks.take_from_first(id);
  ranks.connect(make_nccl_transport(ranks.launch(), device, id));
}

}  // namespace equinfo
