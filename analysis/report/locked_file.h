#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace equinfo {

/// The bytes of a file; throws IoError with the system's words.
std::string read_whole_file(const std::filesystem::path& path);

/// Throws IoError unless a new file `path` could be made in its folder, or the stream (core/named_file.h) be written
/// to.
void require_writable(const std::filesystem::path& path);

/// Holds the only lock on a file, made empty if it was not there, until destroyed. A holder changes the file only by
/// replacing it as a whole; one who waited for the lock then finds another file under the name and locks that instead.
/// Symbolic links are followed. Throws IoError with the system's words.
class LockedFile {
 public:
  explicit LockedFile(const std::filesystem::path& path);
  ~LockedFile();
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  const std::string& bytes() const { return bytes_; }
  /// Puts a file with these bytes and the old permissions in the place of the old one, atomically.
  void replace(std::string_view bytes);

 private:
  std::filesystem::path path_;
  int handle_ = -1;
  std::string bytes_;
};

}  // namespace equinfo
