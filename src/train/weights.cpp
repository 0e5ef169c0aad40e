#include "train/weights.h"

#include <bit>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace equinfo {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data are little-endian");

const std::vector<std::pair<std::string, torch::Dtype>>& type_names() {
  static const std::vector<std::pair<std::string, torch::Dtype>> names{
      {"F64", torch::kDouble},    {"F32", torch::kFloat}, {"F16", torch::kHalf},
      {"BF16", torch::kBFloat16}, {"I64", torch::kLong},  {"I32", torch::kInt}};
  return names;
}

const std::string& type_name(const torch::Tensor& tensor) {
  for (const auto& [name, type] : type_names()) {
    if (type == tensor.scalar_type()) return name;
  }
  throw std::invalid_argument("safetensors: a tensor has a type that is not written");
}

std::map<std::string, torch::Tensor> named_tensors(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : module.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

/// Bytes of a tensor; −1 if it cannot be, or has more than `most`.
std::int64_t bytes_of(const std::vector<std::int64_t>& shape, torch::Dtype type, std::int64_t most) {
  auto bytes = static_cast<std::int64_t>(c10::elementSize(type));
  for (const auto size : shape) {
    if (size < 0 || (size > 0 && bytes > most / size)) return -1;
    bytes *= size;
  }
  return bytes;
}

torch::Tensor read_tensor(const nlohmann::json& entry, std::string_view data, const std::string& place) {
  const auto type = entry.at("dtype").get<std::string>();
  const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
  const auto [begin, end] = entry.at("data_offsets").get<std::pair<std::size_t, std::size_t>>();
  for (const auto& [name, dtype] : type_names()) {
    if (name != type) continue;
    require_file(begin <= end && end <= data.size(), "{}: its data end at byte {}, but the file has {}", place, end,
                 data.size());
    const auto bytes = static_cast<std::int64_t>(end - begin);
    require_file(bytes == bytes_of(shape, dtype, bytes), "{}: {} bytes of data do not make {} of shape [{}]", place,
                 bytes, type, fmt::join(shape, ", "));
    auto tensor = torch::empty(shape, dtype);
    std::memcpy(tensor.data_ptr(), data.data() + begin, tensor.nbytes());
    return tensor;
  }
  throw IoError(fmt::format("{}: is of type {}, which is not read", place, type));
}

NamedTensors read_tensors(std::string_view bytes, const std::string& path) {
  std::uint64_t length = 0;
  if (bytes.size() >= sizeof length) std::memcpy(&length, bytes.data(), sizeof length);
  require_file(length >= 2 && length <= bytes.size() - sizeof length,
               "{}: is no safetensors file: it does not begin with the length of a header", path);
  const auto header = nlohmann::json::parse(bytes.substr(sizeof length, length), nullptr, false);
  require_file(header.is_object(), "{}: is no safetensors file: its header is not JSON", path);
  NamedTensors result;
  for (const auto& [name, entry] : header.items()) {
    try {
      if (name == "__metadata__") {
        result.metadata = entry.get<std::map<std::string, std::string>>();
      } else {
        result.tensors[name] =
            read_tensor(entry, bytes.substr(sizeof length + length), fmt::format("{}: tensor {}", path, name));
      }
    } catch (const nlohmann::json::exception&) {
      throw IoError(fmt::format("{}: its header is broken at {}", path, name));
    }
  }
  return result;
}

}  // namespace

std::string safetensors_bytes(const torch::nn::Module& module, const std::map<std::string, std::string>& metadata) {
  nlohmann::json header{{"__metadata__", metadata}};
  header["__metadata__"]["format"] = "pt";
  std::string data;
  for (const auto& [name, tensor] : named_tensors(module)) {
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

NamedTensors read_safetensors(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  require_file(file.is_open() && std::filesystem::is_regular_file(path), "{}: no such file", path.string());
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return read_tensors(bytes, path.string());
}

void load_weights(torch::nn::Module& module, const std::map<std::string, torch::Tensor>& tensors,
                  const std::string& origin) {
  const torch::NoGradGuard no_gradient;
  const auto places = named_tensors(module);
  for (const auto& [name, place] : places) {
    const auto found = tensors.find(name);
    if (found == tensors.end() && name.ends_with("num_batches_tracked")) continue;
    require_file(found != tensors.end(), "{}: has no tensor {}, but this encoder needs it, as [{}]", origin, name,
                 fmt::join(place.sizes(), ", "));
    require_file(found->second.sizes() == place.sizes(), "{}: tensor {} is [{}], but this encoder needs [{}]", origin,
                 name, fmt::join(found->second.sizes(), ", "), fmt::join(place.sizes(), ", "));
  }
  for (const auto& [name, tensor] : tensors) {
    require_file(places.contains(name), "{}: tensor {} [{}] has no place in this encoder", origin, name,
                 fmt::join(tensor.sizes(), ", "));
  }
  for (auto [name, place] : places) {
    if (tensors.contains(name)) place.copy_(tensors.at(name));
  }
}

}  // namespace equinfo
