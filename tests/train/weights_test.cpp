#include "train/weights.h"

#include <cstring>

#include "core/error.h"
#include "encoder/encoder.h"
#include "train/scratch.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Encoder tiny_encoder(std::int64_t width = 4) {
  EncoderOptions options;
  options.width = width;
  options.blocks = {1};
  return make_encoder(options);
}

std::string file_of(const std::string& header, const std::string& data = "") {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
}

/// The message of a refused file, without its folder.
std::string refusal(const std::string& bytes) {
  const ScratchFolder folder("weights");
  try {
    read_safetensors(folder.write("w", bytes));
  } catch (const IoError& error) {
    return std::string(error.what()).substr(folder.path().string().size() + 1);
  }
  return "accepted";
}

std::string loading(torch::nn::Module& module, const std::map<std::string, torch::Tensor>& tensors) {
  try {
    load_weights(module, tensors, "w");
  } catch (const IoError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("what is written is read: every tensor, and the notes") {
  const ScratchFolder folder("weights_round");
  auto first = tiny_encoder(), second = tiny_encoder();
  CHECK(!torch::equal(first->parameters()[0], second->parameters()[0]));
  const auto path = folder.write("w.safetensors", safetensors_bytes(*first, {{"note", "a \"b\""}}));
  const auto read = read_safetensors(path);
  CHECK(read.metadata == std::map<std::string, std::string>{{"format", "pt"}, {"note", "a \"b\""}});
  CHECK(read.tensors.size() == first->parameters().size() + first->buffers().size());
  load_weights(*second, read.tensors, path.string());
  CHECK(safetensors_bytes(*first) == safetensors_bytes(*second));
}

TEST_CASE("every type is read, and turned into the module's") {
  const float values[] = {1.5F, -2.0F};
  const std::uint16_t brain[] = {0x3FC0, 0xC000}, half[] = {0x3E00, 0xC000};  // 1.5 and −2, by hand
  std::string data(reinterpret_cast<const char*>(values), 8);
  data.append(reinterpret_cast<const char*>(brain), 4).append(reinterpret_cast<const char*>(half), 4);
  const ScratchFolder folder("weights_types");
  const auto tensors =
      read_safetensors(folder.write("w", file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[8,12]},"c":{"dtype":"F16","shape":[2],"data_offsets":[12,16]}})",
                                                 data)))
          .tensors;
  for (const char* name : {"a", "b", "c"}) {
    CHECK(torch::equal(tensors.at(name).to(torch::kFloat).flatten(), torch::tensor({1.5F, -2.0F})));
  }
  CHECK(tensors.at("b").sizes() == at::IntArrayRef({2, 1}));
  const bool is_brain = tensors.at("b").scalar_type() == torch::kBFloat16;
  CHECK(is_brain);
}

TEST_CASE("one message for each way in which a file of weights can be broken") {
  CHECK(refusal("abc") == "w: is no safetensors file: it does not begin with the length of a header");
  CHECK(refusal(std::string(100, 'x')) == "w: is no safetensors file: it does not begin with the length of a header");
  CHECK(refusal(file_of("[1]")) == "w: is no safetensors file: its header is not JSON");
  CHECK(refusal(file_of("{\"a\"")) == "w: is no safetensors file: its header is not JSON");
  CHECK(refusal(file_of(R"({"a":{"dtype":"F32","shape":[2]}})")) == "w: its header is broken at a");
  CHECK(refusal(file_of(R"({"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}})", "xx")) ==
        "w: tensor a: is of type F8_E4M3, which is not read");
  CHECK(refusal(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "xx")) ==
        "w: tensor a: its data end at byte 8, but the file has 2");
  CHECK(refusal(file_of(R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,8]}})", "12345678")) ==
        "w: tensor a: 8 bytes of data do not make F32 of shape [2, 3]");
  CHECK(refusal(file_of(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}})", "12345678")) ==
        "w: tensor a: 8 bytes of data do not make F32 of shape [-1]");
  CHECK_THROWS_WITH_AS(read_safetensors("/nonexistent"), "/nonexistent: no such file", IoError);
}

TEST_CASE("weights that do not fit are refused by name and shape, and change nothing") {
  auto encoder = tiny_encoder(), wide = tiny_encoder(8);
  const auto before = safetensors_bytes(*encoder);
  std::map<std::string, torch::Tensor> own, other;
  for (const auto& item : encoder->named_parameters()) own[item.key()] = item.value().detach() + 1;
  for (const auto& item : encoder->named_buffers()) own[item.key()] = item.value();
  for (const auto& item : wide->named_parameters()) other[item.key()] = item.value();
  auto tensors = own;
  tensors["bn1.bias"] = other["bn1.bias"];
  CHECK(loading(*encoder, tensors) == "w: tensor bn1.bias is [8], but this encoder needs [4]");
  tensors = own;
  tensors.erase("conv1.weight");
  CHECK(loading(*encoder, tensors) == "w: has no tensor conv1.weight, but this encoder needs it, as [4, 3, 3, 3]");
  tensors = own;
  tensors["extra"] = torch::zeros({2, 3});
  CHECK(loading(*encoder, tensors) == "w: tensor extra [2, 3] has no place in this encoder");
  CHECK(safetensors_bytes(*encoder) == before);
  own.erase("bn1.num_batches_tracked");  // some programs leave these counters out
  CHECK(loading(*encoder, own) == "accepted");
  CHECK(torch::equal(encoder->named_parameters()["bn1.bias"], own["bn1.bias"]));
}
