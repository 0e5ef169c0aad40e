#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace equinfo::bench {

/// A table that long work fills block by block. The file always holds whole blocks, in the order of their keys whatever
/// the order in which they came; a call that is killed loses the blocks it was working on and no other.
///
///     ResumableCsv file(path, "problem,dims,value", {"xor,16", "xor,64"});
///     if (!file.has("xor,64")) file.add("xor,64,0.31\n");
class ResumableCsv {
 public:
  /// Takes over what `path` holds; throws IoError if its header is another. `keys` are what lines begin with, all of as
  /// many fields; lines of other keys stay at the end.
  ResumableCsv(std::filesystem::path path, std::string header, const std::vector<std::string>& keys);

  /// Whether there is a line that begins with these fields.
  bool has(std::string_view fields) const;
  /// Adds a block of lines and replaces the file. Safe from any thread. Throws IoError.
  void add(std::string_view lines);

 private:
  void take(std::string_view lines);
  std::size_t rank(std::string_view line) const;
  void save() const;

  std::filesystem::path path_;
  std::string header_;
  std::size_t key_fields_ = 0;
  std::map<std::string, std::size_t, std::less<>> ranks_;
  std::vector<std::vector<std::string>> lines_;  // by rank
  mutable std::mutex mutex_;
};

/// The bytes of a file; throws IoError if it cannot be read.
std::string read_text(const std::filesystem::path& path);

}  // namespace equinfo::bench
