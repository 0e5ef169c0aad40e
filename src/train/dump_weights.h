#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace equinfo {

/// Which features of which images to take from a file of weights.
struct WeightsDump {
  std::filesystem::path weights;         ///< a safetensors file: this project's, torchvision's, or of the same names
  std::filesystem::path config;          ///< a configuration (TOML), or empty
  std::vector<std::string> assignments;  ///< such as "dataset.path=images"; win over both
  std::filesystem::path output;          ///< the file of features; replaced
};

/// Writes a file of features (schema 1) of an encoder that was trained anywhere: every value of the transformation of
/// each held-out image of the configured dataset. The encoder is made as the file says if this project wrote it, else
/// as names and shapes tell (recognise_encoder); what they do not tell comes from the configuration's encoder.* keys,
/// and dataset.mean and dataset.std should be those it was trained with. Throws IoError naming tensor and shape if the
/// weights fit no encoder that is known, std::invalid_argument as read_config and make_encoder do.
void dump_weights(const WeightsDump& dump);

}  // namespace equinfo
