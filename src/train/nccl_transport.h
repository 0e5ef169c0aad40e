#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "train/launch.h"
#include "train/ranks.h"

namespace c10 {
struct Device;
}

namespace equinfo {

/// Why GPUs cannot send to each other by NCCL in this program, in words; empty if they can. NCCL comes with LibTorch's
/// builds with CUDA; it is opened when this is first asked.
std::string nccl_absence();

/// By what NCCL of the ranks find each other: made by one of them and given to all.
using NcclId = std::array<std::byte, 128>;
NcclId make_nccl_id();

/// Of the ranks' GPUs, each rank with one of its own; returns when all ranks have called it. Throws std::runtime_error
/// with NCCL's words, as do the transport's calls.
std::unique_ptr<RankTransport> make_nccl_transport(const Launch& launch, c10::Device device, const NcclId& id);

}  // namespace equinfo
