#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace equinfo {

/// Where the file `path` lies, or would be made: symbolic links are followed, also one that points to nothing yet.
/// Throws IoError for links in a circle.
std::filesystem::path followed_links(const std::filesystem::path& path);

/// Whether `path` names something to write to that cannot be replaced: a device, a pipe, or an open file of this
/// process, such as /dev/stdout or a shell's >(command).
bool is_stream(const std::filesystem::path& path);

/// Writes to a stream. Throws IoError with the system's words, such as those for a full disk.
void write_stream(const std::filesystem::path& path, std::string_view bytes);

/// Whether two names lead to one file, which need not be there yet.
bool is_one_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// A file of a command line, and the option that names it, such as "--json".
struct NamedFile {
  std::string option;
  std::filesystem::path path;
};

/// Throws std::invalid_argument if an output is one of the inputs or two outputs are one file, by whatever names and
/// links. Empty paths, "-" and streams are left out.
void require_separate_files(const std::vector<NamedFile>& inputs, const std::vector<NamedFile>& outputs);

}  // namespace equinfo
