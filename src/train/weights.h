#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <torch/nn/module.h>

namespace equinfo {

/// What a safetensors file holds: tensors by name, on the CPU, and texts.
struct NamedTensors {
  std::map<std::string, torch::Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// A module's parameters and buffers as the bytes of a safetensors file (8-byte little-endian length, JSON header, raw
/// little-endian data in order of the names), which Python reads without running code. `metadata` is written beside
/// {"format", "pt"}. Copies all to the host.
std::string safetensors_bytes(const torch::nn::Module& module, const std::map<std::string, std::string>& metadata = {});

/// Reads a safetensors file of F64, F32, F16, BF16, I64 or I32. Throws IoError naming what is wrong, and of which
/// tensor: a header that is none, an unknown type, data that do not fit the shape or the file.
NamedTensors read_safetensors(const std::filesystem::path& path);

/// Copies tensors into the parameters and buffers of the same names. `origin` begins messages. Throws IoError naming
/// the tensor if one is missing (other than num_batches_tracked), has another shape, or has no place in the module.
void load_weights(torch::nn::Module& module, const std::map<std::string, torch::Tensor>& tensors,
                  const std::string& origin);

}  // namespace equinfo
