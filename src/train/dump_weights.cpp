#include "train/dump_weights.h"

#include <cstdio>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/named_file.h"
#include "core/sha256.h"
#include "dataset/subset.h"
#include "encoder/recognise.h"
#include "train/dump.h"
#include "train/heldout.h"
#include "train/run.h"
#include "train/run_inputs.h"
#include "train/weights.h"

namespace equinfo {
namespace {

/// The weights of one encoder, under its own names, and the settings that make it.
struct EncoderWeights {
  std::map<std::string, torch::Tensor> tensors;
  std::vector<std::string> assignments;  ///< come before the user's
  std::int64_t channels = 0;             ///< of its images; 0 if unknown
};

/// Settings as this project wrote them into its file.
std::vector<std::string> written_assignments(const std::string& text, const std::string& origin) {
  std::vector<std::string> assignments;
  try {
    const auto tables = nlohmann::json::parse(text);
    for (const auto& [table, keys] : tables.items()) {
      for (const auto& [key, value] : keys.items()) {
        assignments.push_back(fmt::format("{}.{}={}", table, key, value.dump()));
      }
    }
  } catch (const nlohmann::json::exception&) {
    throw IoError(fmt::format("{}: its metadata {} are broken", origin, kWeightsConfig));
  }
  return assignments;
}

/// What shapes tell, as settings.
std::vector<std::string> told_assignments(const EncoderOptions& options) {
  const auto text = [](const auto& value) { return nlohmann::json(value).dump(); };
  std::vector<std::string> assignments{
      "encoder.kind=" + text(options.kind),     "encoder.width=" + text(options.width),
      "encoder.blocks=" + text(options.blocks), "encoder.stem=" + text(options.stem),
      "encoder.block=" + text(options.block),   "encoder.match=" + text(options.match)};
  if (options.kind == "vit") assignments.push_back("encoder.patch=" + text(options.patch));
  return assignments;
}

EncoderWeights read_encoder(const std::filesystem::path& path) {
  const auto file = read_safetensors(path);
  const auto settings = file.metadata.find(kWeightsConfig);
  if (settings != file.metadata.end()) return {file.tensors, written_assignments(settings->second, path.string()), 0};
  TensorShapes shapes;
  for (const auto& [name, tensor] : file.tensors) shapes[name] = tensor.sizes().vec();
  const auto found = recognise_encoder(shapes, path.string());
  EncoderWeights weights{{}, told_assignments(found.options), found.options.image.channels};
  for (const auto& [name, tensor] : file.tensors) {
    if (!name.starts_with(found.prefix)) continue;
    const auto own = name.substr(found.prefix.size());
    if (!is_classifier(own)) weights.tensors[own] = tensor;
  }
  return weights;
}

Encoder load_encoder(const EncoderWeights& weights, const TrainConfig& config, const DeviceImages& images,
                     const std::string& origin) {
  const auto shape = image_shape(images);
  require(
      weights.channels == 0 || weights.channels == shape.channels,
      "{}: this encoder sees images of {} channels, but {} has {}; dataset.colour = \"rgb\" or \"luma\" changes them",
      origin, weights.channels, config.dataset.path, shape.channels);
  auto encoder = make_encoder(config.encoder_for(shape));
  load_weights(*encoder, weights.tensors, origin);
  encoder->to(images.pixels.device());
  return encoder;
}

void dump(const WeightsDump& request) {
  const auto origin = request.weights.string();
  const auto weights = read_encoder(request.weights);
  const auto config = read_config(request.config, request.assignments, weights.assignments);
  require_separate_files(
      {{"--dump", request.weights}, {"CONFIG.toml", request.config}, {"dataset.path", config.dataset.path}},
      {{"--output", request.output}});
  const auto device = prepare_device(config);
  const auto test = load_images(config, Split::kTest);
  const auto images = to_device(test, device);
  const PixelScale scale(test.channels, config.dataset.mean, config.dataset.std, device);
  auto attributes = dump_attributes(config, test, device);
  attributes["weights_sha256"] = sha256_of_file(request.weights);
  const HeldoutValues values(config, images);
  const DumpRequest features{config, images, values,
                             balanced_subset(test.labels, static_cast<std::int64_t>(test.class_names.size()),
                                             config.dump.limit, kMeasurementSeed),
                             attributes};
  dump_features({load_encoder(weights, config, images, origin), scale}, features, std::nullopt, request.output);
  fmt::print(stderr, "{0}: {1} images under {2}, of {3}; next: mi-estimate {0}\n", request.output.string(),
             features.rows.size(), config.transform, config.dataset.path);
}

}  // namespace

void dump_weights(const WeightsDump& request) {
  in_one_line([&] { dump(request); });
}

}  // namespace equinfo
