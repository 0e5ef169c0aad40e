#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace equinfo {

/// A file's bytes. Throws IoError naming it if it cannot be read.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path);

/// A text file's lines, without what ends them (LF or CRLF). Throws IoError naming it if it cannot be read.
std::vector<std::string> read_lines(const std::filesystem::path& path);

/// SHA-256 of the list that `sha256sum` prints for the files `names`, relative to `root`, in alphabetical order.
std::string sha256_of_list(const std::filesystem::path& root, std::vector<std::string> names, int threads);

}  // namespace equinfo
