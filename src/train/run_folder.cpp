#include "train/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

#include "core/atomic_file.h"
#include "core/error.h"

namespace equinfo {
namespace {

/// What fails before the first checkpoint, such as a wrong path of the dataset, binds the folder to nothing.
bool is_begun(const RunFolder& folder) {
  return std::filesystem::exists(folder.checkpoint()) || std::filesystem::exists(folder.weights());
}

void keep_config(const RunFolder& folder, const TrainConfig& config) {
  const auto path = folder.path() / "config.toml";
  if (!is_begun(folder) || !std::filesystem::exists(path)) {
    return write_file_atomically(path, config_as_toml(config, false));
  }
  const auto difference = first_difference(read_config(path, {}), config);
  if (!difference) return;
  throw std::invalid_argument(
      fmt::format("{}: this run was started with {} = {}, not {}; choose another folder or the same configuration",
                  folder.path().string(), difference->key, difference->first, difference->second));
}

}  // namespace

RunFolder::RunFolder(std::filesystem::path path, const TrainConfig& config) : path_(std::move(path)) {
  std::error_code failure;
  std::filesystem::create_directories(path_ / "features", failure);
  require_file(!failure, "{}: cannot be made: {}", path_.string(), failure.message());
  lock();
  keep_config(*this, config);
  remove_partial_files();
}

RunFolder::~RunFolder() {
  if (lock_ >= 0) close(lock_);
}

void RunFolder::lock() {
  lock_ = open((path_ / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  require_file(lock_ >= 0, "{}: cannot be written to: {}", path_.string(), std::strerror(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  close(lock_);
  lock_ = -1;
  throw IoError(fmt::format("{}: another process is training in this folder", path_.string()));
}

void RunFolder::remove_partial_files() const {
  for (const auto& folder : {path_, path_ / "features"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().filename().string().find(".partial") != std::string::npos) {
        std::filesystem::remove(entry.path());
      }
    }
  }
}

std::filesystem::path RunFolder::shard(std::int64_t epoch) {
  return std::filesystem::path("features") / fmt::format("epoch_{:04}.h5", epoch);
}

}  // namespace equinfo
