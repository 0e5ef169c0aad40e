#include "report/locked_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/named_file.h"

namespace equinfo {
namespace {

int open_locked(const std::filesystem::path& path) {
  const int handle = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  require_file(handle >= 0, "{}: cannot be opened for writing: {}", path.string(), std::strerror(errno));
  while (flock(handle, LOCK_EX) != 0) {
    const int reason = errno;
    if (reason == EINTR) continue;
    close(handle);
    throw IoError(fmt::format("{}: cannot be locked: {}", path.string(), std::strerror(reason)));
  }
  return handle;
}

bool is_named(int handle, const std::filesystem::path& path) {
  struct stat opened {
  }, named{};
  return fstat(handle, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

}  // namespace

std::string read_whole_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  require_file(file.is_open(), "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  require_file(!std::filesystem::is_directory(path), "{}: is a folder, not a file", path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

void require_writable(const std::filesystem::path& path) {
  const auto target = is_stream(path) ? path : followed_links(path);
  const auto folder = target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
  const int denied = is_stream(path) ? access(path.c_str(), W_OK) : access(folder.c_str(), W_OK | X_OK);
  const int reason = denied != 0 ? errno : 0;
  require_file(reason == 0, "{}: cannot be written: {}", path.string(), std::strerror(reason));
  require_file(!std::filesystem::is_directory(path), "{}: is a folder, not a file", path.string());
}

LockedFile::LockedFile(const std::filesystem::path& path)
    : path_(std::filesystem::weakly_canonical(followed_links(path))) {
  handle_ = open_locked(path_);
  while (!is_named(handle_, path_)) {
    close(handle_);
    handle_ = open_locked(path_);
  }
  bytes_ = read_whole_file(path_);
}

LockedFile::~LockedFile() { close(handle_); }

void LockedFile::replace(std::string_view bytes) {
  const auto permissions = std::filesystem::status(path_).permissions();
  write_file_atomically(path_, bytes);
  std::filesystem::permissions(path_, permissions);
}

}  // namespace equinfo
