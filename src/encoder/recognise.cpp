#include "encoder/recognise.h"

#include <fmt/ranges.h>

#include "core/error.h"

namespace equinfo {
namespace {

constexpr const char* kResidual = "layer1.0.conv1.weight";
constexpr const char* kTransformer = "layer1.0.qkv.weight";

/// All P for which P + marker is a name.
std::vector<std::string> prefixes_of(const TensorShapes& shapes, const std::string& marker) {
  std::vector<std::string> prefixes;
  for (const auto& [name, shape] : shapes) {
    if (name.ends_with(marker)) prefixes.push_back(name.substr(0, name.size() - marker.size()));
  }
  return prefixes;
}

const std::vector<std::int64_t>& shape_of(const TensorShapes& shapes, const std::string& name, std::size_t rank,
                                          const std::string& origin) {
  const auto found = shapes.find(name);
  require_file(found != shapes.end(), "{}: has no tensor {}, with which every encoder of its kind begins", origin,
               name);
  require_file(found->second.size() == rank, "{}: tensor {} is [{}], but it must have {} dimensions", origin, name,
               fmt::join(found->second, ", "), rank);
  return found->second;
}

/// Blocks of every stage: how many layerS.B with this part there are.
std::vector<std::int64_t> count_blocks(const TensorShapes& shapes, const std::string& prefix, const char* part) {
  std::vector<std::int64_t> blocks;
  const auto there = [&](std::size_t stage, std::int64_t block) {
    return shapes.contains(fmt::format("{}layer{}.{}.{}", prefix, stage, block, part));
  };
  while (there(blocks.size() + 1, 0)) {
    std::int64_t count = 1;
    while (there(blocks.size() + 1, count)) ++count;
    blocks.push_back(count);
  }
  return blocks;
}

EncoderOptions residual_network(const TensorShapes& shapes, const std::string& prefix, const std::string& origin) {
  EncoderOptions options;
  const auto& stem = shape_of(shapes, prefix + "conv1.weight", 4, origin);
  require_file(stem[2] == stem[3] && (stem[2] == 3 || stem[2] == 7),
               "{}: tensor {}conv1.weight is [{}], but a stem is 3 × 3 or 7 × 7", origin, prefix,
               fmt::join(stem, ", "));
  options.width = stem[0];
  options.image.channels = stem[1];
  options.stem = stem[2] == 3 ? "3x3" : "7x7";
  options.blocks = count_blocks(shapes, prefix, "conv1.weight");
  if (shapes.contains(prefix + "layer1.0.conv3.weight")) options.block = "bottleneck";
  const auto& inner = shapes.at(prefix + kResidual);
  if (inner.size() == 4) return options;
  require_file(inner.size() == 5 && (inner[1] == 4 || inner[1] == 8),
               "{}: tensor {}{} is [{}], but it must be [out, in, k, k], or [out, 4 or 8, in, k, k] of a group encoder",
               origin, prefix, kResidual, fmt::join(inner, ", "));
  options.kind = inner[1] == 4 ? "p4_resnet" : "p4m_resnet";
  options.match = "none";
  return options;
}

EncoderOptions transformer(const TensorShapes& shapes, const std::string& prefix, const std::string& origin) {
  EncoderOptions options;
  const auto& patches = shape_of(shapes, prefix + "patches.weight", 4, origin);
  options.kind = "vit";
  options.width = patches[0];
  options.image.channels = patches[1];
  options.patch = patches[2];
  options.blocks = count_blocks(shapes, prefix, "qkv.weight");
  return options;
}

}  // namespace

RecognisedEncoder recognise_encoder(const TensorShapes& shapes, const std::string& origin) {
  const auto residual = prefixes_of(shapes, kResidual), transformers = prefixes_of(shapes, kTransformer);
  require_file(residual.size() + transformers.size() > 0,
               "{}: no encoder that is known: of its {} tensors none is called {} or {}; the first is {} [{}]", origin,
               shapes.size(), kResidual, kTransformer, shapes.empty() ? "missing" : shapes.begin()->first,
               shapes.empty() ? "" : fmt::format("{}", fmt::join(shapes.begin()->second, ", ")));
  require_file(
      residual.size() + transformers.size() == 1, "{}: holds several encoders, such as {}{} and {}{}; keep one", origin,
      residual.empty() ? transformers[0] : residual[0], residual.empty() ? kTransformer : kResidual,
      transformers.empty() ? residual.back() : transformers.back(), transformers.empty() ? kResidual : kTransformer);
  if (transformers.empty()) return {residual[0], residual_network(shapes, residual[0], origin)};
  return {transformers[0], transformer(shapes, transformers[0], origin)};
}

bool is_classifier(const std::string& name) { return name.starts_with("fc."); }

}  // namespace equinfo
