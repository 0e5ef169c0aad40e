#include "dataset/file_list.h"

#include <algorithm>
#include <fstream>

#include "core/error.h"
#include "core/sha256.h"
#include "dataset/threads.h"

namespace equinfo {

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  require_file(file.is_open(), "{}: cannot be opened", path.string());
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  require_file(file.good() || bytes.empty(), "{}: cannot be read", path.string());
  return bytes;
}

std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::ifstream file(path);
  require_file(file.is_open(), "{}: cannot be opened", path.string());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  require_file(file.eof(), "{}: cannot be read", path.string());
  return lines;
}

std::string sha256_of_list(const std::filesystem::path& root, std::vector<std::string> names, int threads) {
  std::sort(names.begin(), names.end());
  std::vector<std::string> lines(names.size());
  for_each_index(static_cast<std::int64_t>(names.size()), threads, [&](std::int64_t i) {
    const auto& name = names[static_cast<std::size_t>(i)];
    lines[static_cast<std::size_t>(i)] = fmt::format("{}  {}\n", sha256_of_file(root / name), name);
  });
  std::string list;
  for (const auto& line : lines) list += line;
  return sha256_of_text(list);
}

}  // namespace equinfo
