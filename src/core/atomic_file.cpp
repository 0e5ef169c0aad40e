#include "core/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/error.h"
#include "core/named_file.h"

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

/// The unfinished file, removed unless it was published.
struct PartialFile {
  std::filesystem::path path;

  explicit PartialFile(const std::filesystem::path& final_path) : path(followed_links(final_path)) {
    path += fmt::format(".partial-{}", getpid());
  }
  ~PartialFile() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
};

}  // namespace

void publish_file(const std::filesystem::path& partial, const std::filesystem::path& path) {
  const auto target = followed_links(path);
  require_file(!is_stream(path), "{}: is no regular file, so it cannot be replaced", path.string());
  sync_to_disk(partial);
  std::error_code failure;
  std::filesystem::rename(partial, target, failure);
  require_file(!failure, "{}: cannot be renamed to {}: {}", partial.string(), path.string(), failure.message());
  sync_to_disk(target.has_parent_path() ? target.parent_path() : std::filesystem::path("."));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  if (is_stream(path)) return write_stream(path, bytes);
  const PartialFile partial(path);
  std::ofstream file(partial.path, std::ios::binary | std::ios::trunc);
  if (file.is_open()) {
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
  }
  const int reason = errno;
  require_file(file.good(), "{}: cannot be written: {}", path.string(), std::strerror(reason));
  publish_file(partial.path, path);
}

}  // namespace equinfo
