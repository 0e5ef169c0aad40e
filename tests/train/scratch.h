#pragma once

#include <filesystem>
#include <string>

/// A folder of this process and test alone, emptied at the beginning and removed at the end.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& name);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  /// Writes a text file into the folder and gives its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

/// The bytes of a file; empty if there is none.
std::string bytes_of(const std::filesystem::path& path);
