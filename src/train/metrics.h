#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "objective/objective.h"

namespace equinfo {

/// One epoch in numbers; epoch 0 is the untrained encoder and has no training columns. What an objective does not have
/// is left out.
struct EpochMetrics {
  std::int64_t epoch = 0;
  double lr = 0;                                        ///< of the epoch's last step
  double train_loss = 0;                                ///< what the encoder minimises, mean over the steps
  std::array<std::optional<double>, kLossTerms> terms;  ///< its parts, by LossTerm, without weights
  std::optional<double> train_accuracy;    ///< of the transformation, on training images while they are learnt from
  std::optional<double> heldout_accuracy;  ///< of the transformation, every value of each held-out image; 0 … 1
  double probe_accuracy = 0;  ///< of the class, by the online probe on untransformed held-out images; 0 … 1
  double seconds = 0;         ///< of training alone
  double images_per_second = 0;
};

/// The file metrics.csv of a run, a row an epoch.
class MetricsFile {
 public:
  /// Takes over the rows up to and including `last_epoch` that are there already. Throws IoError if the file is not
  /// one.
  MetricsFile(std::filesystem::path path, std::int64_t last_epoch);
  /// Adds a row and rewrites the file atomically.
  void append(const EpochMetrics& metrics);

 private:
  std::filesystem::path path_;
  std::vector<std::string> rows_;
};

/// The row as a sentence for people.
std::string epoch_line(const EpochMetrics& metrics, std::int64_t epochs);

}  // namespace equinfo
