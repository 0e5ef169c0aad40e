#include "train/weights.h"

#include <bit>
#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace equinfo {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data are little-endian");

const char* type_name(const torch::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case torch::kFloat:
      return "F32";
    case torch::kDouble:
      return "F64";
    case torch::kHalf:
      return "F16";
    case torch::kLong:
      return "I64";
    default:
      throw std::invalid_argument("safetensors: a tensor has a type that is not written");
  }
}

}  // namespace

std::string safetensors_bytes(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : module.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) tensors[item.key()] = item.value();
  nlohmann::json header{{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const auto host = tensor.detach().cpu().contiguous();
    const auto begin = data.size();
    data.append(static_cast<const char*>(host.data_ptr()), host.nbytes());
    header[name] = {{"dtype", type_name(host)}, {"shape", host.sizes().vec()}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text + data;
}

}  // namespace equinfo
