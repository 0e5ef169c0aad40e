#pragma once

#include <string>

#include <torch/torch.h>

namespace equinfo {

/// A module's parameters and buffers as the bytes of a safetensors file (8-byte little-endian length, JSON header, raw
/// little-endian data in order of the names), which Python reads without running code. Copies all to the host.
std::string safetensors_bytes(const torch::nn::Module& module);

}  // namespace equinfo
