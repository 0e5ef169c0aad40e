#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace equinfo {

/// Bytes of memory that this process may still take without driving the system to end somebody: what Linux calls
/// available, and no more than its control groups (both versions) and its own limits (ulimit -d, -v) leave. Files that
/// the system keeps in memory only because there is room do not count as taken. `root` is another place of /proc and
/// /sys, for tests.
std::int64_t available_memory(const std::filesystem::path& root = "/");

/// A number of bytes for people: "1.28 kB", "64 GB".
std::string bytes_text(std::int64_t bytes);

}  // namespace equinfo
