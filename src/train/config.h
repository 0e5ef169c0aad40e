#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "encoder/encoder_options.h"
#include "objective/objective.h"

namespace equinfo {

/// Chosen epochs: all of them, or a list in which 0 is the untrained encoder and −1 the last epoch, −2 the one before.
struct EpochChoice {
  bool all = false;
  std::vector<std::int64_t> list;

  /// Whether an epoch of {0, …, epochs} is chosen.
  bool contains(std::int64_t epoch, std::int64_t epochs) const;
};

/// Everything that decides a training run. Its fields are filled, documented and printed by the one table of keys in
/// config_keys.cpp; ranges and defaults stand there. The defaults are the paper's pretext training (rotation).
struct TrainConfig {
  struct Dataset {
    std::string path;
    std::int64_t train_limit = 0, test_limit = 0;
    std::string colour = "stored", labels = "fine";
    std::vector<double> mean, std;
  } dataset;
  std::string transform = "rotation4";
  std::int64_t transform_bins = 64, transform_draws = 4;
  struct Augment {
    std::string name = "none";
    std::int64_t padding = 4;
    double min_area = 0.08, jitter = 0.5, blur = 0.0;
  } augment;
  ObjectiveOptions objective;
  std::string encoder_preset = "resnet18";
  EncoderOptions encoder;  ///< its image is that of the dataset, known only when that is read
  std::int64_t head_hidden = 2048;
  struct Train {
    std::int64_t epochs = 200, batch = 512;
    double lr = 0.36, final_lr = 6e-4, momentum = 0.9, weight_decay = 1e-6, gamma = 0.2;
    bool nesterov = true;
    std::string schedule = "cosine";
    std::vector<std::int64_t> milestones;
    std::int64_t seed = 1, threads = 0;
    std::string device = "auto";
    std::string precision = "fp32", fused = "auto", cuda_graphs = "auto", nccl = "auto";
    std::int64_t accumulate = 1;
  } train;
  struct Dump {
    EpochChoice epochs{false, {0, -1}};
    std::vector<std::string> layers{"encoder"};
    std::int64_t limit = 0;
    std::string dtype = "float16";
    std::int64_t gzip = 0;
  } dump;
  std::int64_t checkpoint_steps = 0;

  /// The encoder for images of this shape.
  EncoderOptions encoder_for(const ImageShape& image) const;
};

/// Takes the assignments `known` (such as what a file of weights tells of its encoder), reads a TOML file (none if the
/// path is empty), then `assignments` such as "train.epochs=3", which win over the file. An encoder preset is
/// applied before the other keys of the encoder. Throws IoError if the file cannot be read or is no TOML,
/// std::invalid_argument naming file, line and key for an unknown key (with the nearest known one), a wrong type, a
/// value out of range, or values that contradict each other.
TrainConfig read_config(const std::filesystem::path& path, const std::vector<std::string>& assignments,
                        const std::vector<std::string>& known = {});

/// All keys as TOML that read_config takes back; `documented` puts each key's meaning and range above it.
std::string config_as_toml(const TrainConfig& config, bool documented);
/// All keys as one JSON object of objects, keys in the order of the table.
std::string config_as_json(const TrainConfig& config);
/// A line a key, with its range and default: the key list of --help.
std::string config_key_list();

/// The first key in which two configurations differ, with both values as TOML; empty if there is none.
struct ConfigDifference {
  std::string key, first, second;
};
std::optional<ConfigDifference> first_difference(const TrainConfig& first, const TrainConfig& second);

}  // namespace equinfo
