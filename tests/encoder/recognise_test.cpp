#include "encoder/recognise.h"

#include <torch/types.h>

#include "core/error.h"
#include "encoder/encoder.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

TensorShapes shapes_of(const EncoderOptions& options, const std::string& prefix = "") {
  const auto encoder = make_encoder(options);
  TensorShapes shapes;
  for (const auto& item : encoder->named_parameters()) shapes[prefix + item.key()] = item.value().sizes().vec();
  for (const auto& item : encoder->named_buffers()) shapes[prefix + item.key()] = item.value().sizes().vec();
  return shapes;
}

std::string refusal(const TensorShapes& shapes) {
  try {
    recognise_encoder(shapes, "w.safetensors");
  } catch (const IoError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("every preset is recognised by the shapes of its tensors, and made again with the same ones") {
  for (const auto& preset : encoder_presets()) {
    for (const std::string stem : {"3x3", "7x7"}) {
      CAPTURE(preset.name);
      auto options = preset.options;
      options.stem = stem;
      options.width /= 4;  // quicker
      options.image.channels = 1;
      const auto shapes = shapes_of(options);
      auto found = recognise_encoder(shapes, "").options;
      CHECK(found.kind == options.kind);
      found.image = options.image;
      CHECK(shapes_of(found) == shapes);
    }
  }
}

TEST_CASE("the encoder of a larger model is found behind its prefix, classifiers are left aside") {
  EncoderOptions options;
  options.width = 4;
  options.blocks = {1, 2};
  auto shapes = shapes_of(options, "module.encoder.");
  shapes["module.fc.weight"] = {10, 8};
  const auto found = recognise_encoder(shapes, "");
  CHECK(found.prefix == "module.encoder.");
  CHECK(found.options.blocks == std::vector<std::int64_t>{1, 2});
  CHECK(found.options.width == 4);
  CHECK(is_classifier("fc.weight"));
  CHECK(!is_classifier("conv1.weight"));
}

TEST_CASE("what is no encoder is refused by the name and shape of a tensor") {
  CHECK(refusal({{"a.weight", {3, 4}}, {"b", {1}}}) ==
        "w.safetensors: no encoder that is known: of its 2 tensors none is called layer1.0.conv1.weight or "
        "layer1.0.qkv.weight; the first is a.weight [3, 4]");
  CHECK(refusal({}) ==
        "w.safetensors: no encoder that is known: of its 0 tensors none is called layer1.0.conv1.weight or "
        "layer1.0.qkv.weight; the first is missing []");
  EncoderOptions options;
  options.width = 4;
  options.blocks = {1};
  const auto shapes = shapes_of(options);
  auto changed = shapes;
  changed["conv1.weight"] = {4, 3, 5, 5};
  CHECK(refusal(changed) == "w.safetensors: tensor conv1.weight is [4, 3, 5, 5], but a stem is 3 × 3 or 7 × 7");
  changed["conv1.weight"] = {4, 27};
  CHECK(refusal(changed) == "w.safetensors: tensor conv1.weight is [4, 27], but it must have 4 dimensions");
  changed.erase("conv1.weight");
  CHECK(refusal(changed) == "w.safetensors: has no tensor conv1.weight, with which every encoder of its kind begins");
  changed = shapes;
  changed["layer1.0.conv1.weight"] = {4, 6, 4, 3, 3};
  CHECK(refusal(changed) ==
        "w.safetensors: tensor layer1.0.conv1.weight is [4, 6, 4, 3, 3], but it must be [out, in, k, k], or [out, 4 or "
        "8, in, k, k] of a group encoder");
  changed = shapes_of(options, "query.");
  changed.merge(shapes_of(options, "key."));
  CHECK(
      refusal(changed) ==
      "w.safetensors: holds several encoders, such as key.layer1.0.conv1.weight and query.layer1.0.conv1.weight; keep "
      "one");
}
