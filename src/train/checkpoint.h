#pragma once

#include <filesystem>
#include <string>

#include "train/trainer.h"

namespace equinfo {

/// What a checkpoint says besides the trainer's state.
struct CheckpointNotes {
  std::string dataset_sha256;
  std::int64_t threads = 0;  ///< of the CPU, as used
  std::string device;        ///< "cpu" or "cuda"
  std::int64_t ranks = 1;    ///< that trained together
};

/// Writes model, optimizer, progress (epoch, step, sums) and learning rate as one archive, under a temporary name that
/// is synced and renamed; the whole of it is in memory before. There is no generator state to keep: every draw is a
/// function of (seed, epoch). Throws IoError.
void save_checkpoint(const std::filesystem::path& path, Trainer& trainer, const CheckpointNotes& notes);

/// Puts a trainer that has done nothing yet in the state of a checkpoint; continuing from it gives the bytes an
/// undisturbed run gives. Throws IoError if the file cannot be read or does not fit the trainer's model.
CheckpointNotes load_checkpoint(const std::filesystem::path& path, Trainer& trainer);

}  // namespace equinfo
