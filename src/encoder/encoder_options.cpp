#include "encoder/encoder_options.h"

#include "core/error.h"

namespace equinfo {
namespace {

EncoderOptions residual(std::int64_t width, std::vector<std::int64_t> blocks, const char* block = "basic") {
  EncoderOptions options;
  options.width = width;
  options.blocks = std::move(blocks);
  options.block = block;
  return options;
}

/// The paper's equivariant ResNet-18: as many parameters as the plain one, and the last maps as they lie.
EncoderOptions equivariant(const char* kind) {
  EncoderOptions options;
  options.kind = kind;
  options.position_pool = "flatten";
  return options;
}

EncoderOptions small_vit() {
  EncoderOptions options;
  options.kind = "vit";
  options.width = 192;
  options.blocks = {3, 3, 3};
  return options;
}

}  // namespace

const std::vector<EncoderPreset>& encoder_presets() {
  static const std::vector<EncoderPreset> presets{
      {"resnet18", "the paper's: widths 64/128/256/512, two basic blocks a stage", {}},
      {"resnet34", "widths 64/128/256/512; 3, 4, 6, 3 basic blocks", residual(64, {3, 4, 6, 3})},
      {"resnet50", "the same with bottleneck blocks: z has 2048 values", residual(64, {3, 4, 6, 3}, "bottleneck")},
      {"resnet10", "widths 64/128/256/512, one basic block a stage", residual(64, {1, 1, 1, 1})},
      {"small", "for two cores: widths 16/32/64, one basic block a stage", residual(16, {1, 1, 1})},
      {"p4_resnet18", "the paper's: 32/64/128/256 channels for each of 4 rotations", equivariant("p4_resnet")},
      {"p4m_resnet18", "the paper's: 22/44/88/176 channels for each of 8 rotations and reflections",
       equivariant("p4m_resnet")},
      {"vit_small", "vision transformer: 9 blocks of width 192 on patches of 4 × 4", small_vit()},
  };
  return presets;
}

std::vector<std::string> layer_names(const EncoderOptions& options) {
  std::vector<std::string> names{"stem"};
  for (std::size_t stage = 0; stage < options.blocks.size(); ++stage)
    names.push_back(fmt::format("layer{}", stage + 1));
  names.emplace_back("encoder");
  return names;
}

std::int64_t last_map_size(const EncoderOptions& options, std::int64_t pixels) {
  const auto halvings = options.blocks.size() - 1 + (options.stem == "7x7" ? 2 : 0);
  for (std::size_t i = 0; i < halvings; ++i) pixels = (pixels + 1) / 2;
  return pixels;
}

}  // namespace equinfo
