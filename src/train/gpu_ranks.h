#pragma once

#include <string>

#include "train/launch.h"
#include "train/ranks.h"

namespace c10 {
struct Device;
}

namespace equinfo {

/// Which of a machine's GPUs this rank takes: that of its number on the machine; where there are fewer, several ranks
/// share one. gpus ≥ 1.
int gpu_number(const Launch& launch, int gpus);

/// Why a rank that trains on one of so many GPUs of its machine (0: on the CPU) cannot add up by NCCL, in words; empty
/// if it can.
std::string nccl_obstacle(const Launch& launch, int gpus);

/// Lets several ranks add up from GPU to GPU, as `wish` says ("auto", "yes", "no") and if all of them can. Throws
/// std::runtime_error on every rank if it is "yes" and one cannot.
void connect_gpus(Ranks& ranks, c10::Device device, const std::string& wish);

}  // namespace equinfo
