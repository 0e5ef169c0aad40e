#pragma once

#include <filesystem>
#include <string_view>

namespace equinfo {

/// Replaces `path` by `bytes` so that a reader, or a machine that loses power, sees the old file or the new one and
/// never a part: temporary name, fsync, rename, fsync of the folder. Of a symbolic link, what it points to is replaced.
/// A stream (core/named_file.h) is written to as it is. Throws IoError with the system's words.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Makes a finished file `partial` appear under its final name `path`, with the same promise: fsync, rename, fsync of
/// the folder. `partial` must lie beside what a symbolic link `path` points to. Throws IoError.
void publish_file(const std::filesystem::path& partial, const std::filesystem::path& path);

}  // namespace equinfo
