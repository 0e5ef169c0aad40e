#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace equinfo {

/// How a residual network begins: a 3 × 3 convolution of stride 1 without pooling (images of 28 to 64 pixels), or a
/// 7 × 7 one of stride 2 with a 3 × 3 max-pool of stride 2 (photographs).
enum class ResNetStem { k3x3, k7x7 };

/// A residual network of basic blocks (He et al., 2016). Stage s (from 0) has width · 2^s channels and halves the
/// image, except stage 0. Its representation is the last stage's mean over positions, z ∈ R^(width · 2^(stages − 1)).
struct ResNetOptions {
  std::int64_t channels = 3;                     ///< of the images; ≥ 1
  std::int64_t width = 64;                       ///< channels of the first stage; ≥ 1
  std::vector<std::int64_t> blocks{2, 2, 2, 2};  ///< basic blocks of each stage; 1 to 6 stages, each ≥ 1
  ResNetStem stem = ResNetStem::k3x3;
};

/// Named members of the family; "resnet18" (64/128/256/512, two blocks a stage, 3 × 3 stem) is the paper's encoder.
struct ResNetPreset {
  std::string name;
  std::string summary;
  std::int64_t width;
  std::vector<std::int64_t> blocks;
};
const std::vector<ResNetPreset>& resnet_presets();

/// Layers whose features can be taken, in order: "stem", "layer1", …, "encoder". Maps are averaged over positions.
std::vector<std::string> layer_names(const ResNetOptions& options);
/// Number of features d of each of these layers.
std::vector<std::int64_t> layer_dims(const ResNetOptions& options);
/// Number of features of "encoder".
std::int64_t encoder_dims(const ResNetOptions& options);

}  // namespace equinfo
