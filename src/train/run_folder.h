#pragma once

#include <filesystem>
#include <vector>

#include "train/config.h"

namespace equinfo {

/// The folder of a run: names of what lies in it, and the lock that keeps a second process out.
class RunFolder {
 public:
  /// Makes the folder if needed, takes its lock, keeps the configuration in it, or, once the run has a checkpoint,
  /// compares it with the one there, and removes files that an interrupted run left half-written. Throws IoError if
  /// another process trains in it, std::invalid_argument naming the first key in which configurations differ.
  RunFolder(std::filesystem::path path, const TrainConfig& config);
  /// Names only: the folder is another rank's.
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  std::filesystem::path checkpoint() const { return path_ / "checkpoint.pt"; }
  std::filesystem::path metrics() const { return path_ / "metrics.csv"; }
  /// The same numbers for TensorBoard, which knows its files by the middle of their name.
  std::filesystem::path events() const { return path_ / "events.out.tfevents.equinfo"; }
  std::filesystem::path config() const { return path_ / "config.toml"; }
  std::filesystem::path weights() const { return path_ / "weights.safetensors"; }
  std::filesystem::path index() const { return path_ / "features.h5"; }
  /// The shard of an epoch, such as "features/epoch_0007.h5", relative to the folder.
  static std::filesystem::path shard(std::int64_t epoch);
  const std::filesystem::path& path() const { return path_; }

 private:
  void lock();
  void remove_partial_files() const;

  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace equinfo
