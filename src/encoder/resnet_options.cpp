#include "encoder/resnet_options.h"

#include "core/error.h"

namespace equinfo {

const std::vector<ResNetPreset>& resnet_presets() {
  static const std::vector<ResNetPreset> presets{
      {"resnet18", "the paper's: widths 64/128/256/512, two basic blocks a stage", 64, {2, 2, 2, 2}},
      {"resnet34", "widths 64/128/256/512; 3, 4, 6, 3 basic blocks", 64, {3, 4, 6, 3}},
      {"resnet10", "widths 64/128/256/512, one basic block a stage", 64, {1, 1, 1, 1}},
      {"small", "for two cores: widths 16/32/64, one basic block a stage", 16, {1, 1, 1}},
  };
  return presets;
}

std::vector<std::string> layer_names(const ResNetOptions& options) {
  std::vector<std::string> names{"stem"};
  for (std::size_t stage = 0; stage < options.blocks.size(); ++stage)
    names.push_back(fmt::format("layer{}", stage + 1));
  names.emplace_back("encoder");
  return names;
}

std::vector<std::int64_t> layer_dims(const ResNetOptions& options) {
  std::vector<std::int64_t> dims{options.width};
  for (std::size_t stage = 0; stage < options.blocks.size(); ++stage) dims.push_back(options.width << stage);
  dims.push_back(dims.back());
  return dims;
}

std::int64_t encoder_dims(const ResNetOptions& options) { return layer_dims(options).back(); }

}  // namespace equinfo
