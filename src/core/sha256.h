#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace equinfo {

/// SHA-256 of bytes that arrive piece by piece (OpenSSL's implementation).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);
  /// The digest as 64 lower-case hexadecimal digits; call once.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// SHA-256 of a text, as hexadecimal digits.
std::string sha256_of_text(std::string_view text);
/// SHA-256 of a file's bytes, as hexadecimal digits. Throws IoError if it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);
/// SHA-256 of several files' bytes, one file behind the other. Throws IoError if one cannot be read.
std::string sha256_of_files(const std::vector<std::filesystem::path>& paths);

}  // namespace equinfo
