#include "core/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/error.h"

namespace equinfo {
namespace {

void sync_to_disk(const std::filesystem::path& path) {
  const int handle = open(path.c_str(), O_RDONLY);
  require_file(handle >= 0, "{}: cannot be opened to be synced: {}", path.string(), std::strerror(errno));
  const int failed = fsync(handle);
  const int reason = errno;
  close(handle);
  require_file(failed == 0, "{}: fsync failed: {}", path.string(), std::strerror(reason));
}

}  // namespace

void publish_file(const std::filesystem::path& partial, const std::filesystem::path& path) {
  sync_to_disk(partial);
  std::error_code failure;
  std::filesystem::rename(partial, path, failure);
  require_file(!failure, "{}: cannot be renamed to {}: {}", partial.string(), path.string(), failure.message());
  sync_to_disk(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path partial = path;
  partial += fmt::format(".partial-{}", getpid());
  {
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    require_file(file.is_open(), "{}: cannot be written: {}", partial.string(), std::strerror(errno));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
      const int reason = errno;
      std::filesystem::remove(partial);
      throw IoError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(reason)));
    }
  }
  publish_file(partial, path);
}

}  // namespace equinfo
