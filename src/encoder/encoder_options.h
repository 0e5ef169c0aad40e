#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace equinfo {

/// Channels and pixels of the images that an encoder is made for.
struct ImageShape {
  std::int64_t channels = 3, height = 32, width = 32;  ///< each ≥ 1
};

/// Everything that decides an encoder's form. Stage s (from 0) has width · 2^s channels and halves the image, except
/// stage 0; the vision transformer keeps both. Fields that a kind has no use for are ignored.
struct EncoderOptions {
  std::string kind = "resnet";                   ///< a name of encoder_kinds()
  std::int64_t width = 64;                       ///< channels of the first stage; ≥ 1; see `match`
  std::vector<std::int64_t> blocks{2, 2, 2, 2};  ///< blocks of each stage; 1 to 6 stages, each ≥ 1
  std::string block = "basic";  ///< basic: 3 × 3, 3 × 3; bottleneck: 1 × 1, 3 × 3, 1 × 1 of 4 times the width
  std::string stem = "3x3";     ///< 3x3 of stride 1; 7x7 of stride 2, then 3 × 3 max-pool of stride 2
  double dropout = 0;           ///< share of values silenced before a block's last 3 × 3; in [0, 1)
  std::string position_pool = "mean";  ///< z from the last maps: "mean" over positions, or "flatten" them
  std::string group_pool = "max";      ///< of group encoders, before: "max" over the group, or "none"
  std::string match = "parameters";    ///< channels an orientation of group encoders with |G| orientations:
                                       ///< parameters: width / √|G|, compute: width / |G|, none: width
  bool pool_first = false;             ///< group encoders: pool before the convolution, which is cheaper
  std::int64_t patch = 4, heads = 3;   ///< vit: pixels a side of a patch, attention heads; ≥ 1
  ImageShape image;
};

/// Named members of the family; "resnet18" (64/128/256/512, two blocks a stage, 3 × 3 stem) is the paper's encoder.
struct EncoderPreset {
  std::string name, summary;
  EncoderOptions options;
};
const std::vector<EncoderPreset>& encoder_presets();

/// Layers whose features can be taken, in order: "stem", "layer1", …, "encoder".
std::vector<std::string> layer_names(const EncoderOptions& options);

/// Pixels a side of the last stage's maps of a residual network, for images of `pixels` a side: each halving of an odd
/// number rounds up.
std::int64_t last_map_size(const EncoderOptions& options, std::int64_t pixels);

}  // namespace equinfo
