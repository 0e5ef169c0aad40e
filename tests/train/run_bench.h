#pragma once

#include <sys/resource.h>
#include <sys/types.h>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "train/scratch.h"

/// A dataset, a configuration for it, and runs of essl-train on them, each in a process of its own.
class Bench {
 public:
  explicit Bench(const std::string& name, std::int64_t train = 640, std::int64_t test = 60);

  std::filesystem::path run(const std::string& name) const { return folder_.path() / name; }
  const ScratchFolder& folder() const { return folder_; }

  pid_t start(const std::string& name, const std::vector<std::string>& assignments = {}) const {
    return launch(command_of(name, assignments));
  }
  std::vector<std::string> command_of(const std::string& name, const std::vector<std::string>& assignments) const;

  /// Exit status, or minus the signal that ended it.
  int finish(pid_t process) const;
  int train(const std::string& name, const std::vector<std::string>& assignments = {}) const {
    return finish(start(name, assignments));
  }
  pid_t launch(std::vector<std::string> words) const;

  /// Largest file that programs launched from now on can write, in bytes; 0 = any.
  void limit_files(rlim_t bytes) { file_limit_ = bytes; }

  /// What the last process said.
  std::string log() const { return bytes_of(folder_.path() / "log"); }

 private:
  ScratchFolder folder_;
  std::filesystem::path config_;
  rlim_t file_limit_ = 0;
};

/// Waits until `seen()`, at most a minute.
bool wait_until(const std::function<bool()>& seen);

/// metrics.csv without its two columns of times.
std::string metrics_without_times(const std::filesystem::path& run);

/// Checks that weights, metrics and features of two runs are the same, times apart.
void check_equal_runs(const std::filesystem::path& a, const std::filesystem::path& b);
