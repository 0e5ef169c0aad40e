#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "dataset/dataset.h"
#include "train/config.h"
#include "train/ranks.h"

namespace equinfo {

enum class RunOutcome {
  kFinished,
  kAlreadyFinished,  ///< the folder held the whole run; nothing was done
  kStopped           ///< on request; the state is saved
};

/// What a run writes besides.
struct RunOptions {
  bool tensorboard = false;  ///< the scalars of metrics.csv as TensorBoard's event file; a run that has one keeps it up
};

/// Trains as `config` says and keeps everything in `folder`:
///   config.toml          the complete configuration
///   metrics.csv          a row an epoch
///   features/epoch_N.h5  features of the chosen epochs, and features.h5, the index of them
///   checkpoint.pt        the state after the last epoch, or later
///   weights.safetensors  the trained encoder; written last, so it marks a finished run
/// A folder with an unfinished run of the same configuration is continued where it was saved, with the bytes of an
/// undisturbed run if device, threads and ranks are the same. `stop_requested` is asked after every step.
/// Of several ranks the first writes and speaks; a stop requested of one stops all.
/// Throws std::invalid_argument naming the first key in which the folder's configuration differs; IoError;
/// std::runtime_error if the loss is not finite, naming step, learning rate and the last good checkpoint.
RunOutcome run_training(const TrainConfig& config, const std::filesystem::path& folder,
                        const std::function<bool()>& stop_requested, Ranks& ranks, const RunOptions& options = {});
/// The same in this process alone.
RunOutcome run_training(const TrainConfig& config, const std::filesystem::path& folder,
                        const std::function<bool()>& stop_requested);

/// One split of the configured dataset.
ImageDataset load_images(const TrainConfig& config, Split split);

/// The version of LibTorch this was compiled with, such as "2.13.0".
std::string libtorch_version();

}  // namespace equinfo
