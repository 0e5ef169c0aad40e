#include "core/available_memory.h"

#include <sys/resource.h>
#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include <fmt/format.h>

namespace equinfo {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

/// The number on the line that begins with `key`.
std::optional<std::int64_t> number_behind(const std::string& key, const fs::path& file) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::int64_t number = 0;
    if (words >> first >> number && first == key) return number;
  }
  return std::nullopt;
}

/// The one number of a file; nothing where there is no such file, or it says "max".
std::optional<std::int64_t> number_in(const fs::path& file) {
  std::ifstream text(file);
  std::int64_t number = 0;
  return text >> number ? std::optional(number) : std::nullopt;
}

std::int64_t left_by_system(const fs::path& root) {
  const auto kibibytes = number_behind("MemAvailable:", root / "proc/meminfo");
  return kibibytes ? *kibibytes * 1024 : kUnlimited;
}

/// What a version of the control groups calls its files.
struct GroupFiles {
  const char *folder, *limit, *usage, *reclaimable_prefix;
};
constexpr GroupFiles kFirstVersion{"sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_"};
constexpr GroupFiles kSecondVersion{"sys/fs/cgroup", "memory.max", "memory.current", ""};

std::int64_t left_by_group(const fs::path& group, const GroupFiles& files) {
  const auto limit = number_in(group / files.limit), usage = number_in(group / files.usage);
  if (!limit || !usage) return kUnlimited;
  std::int64_t taken = *usage;
  for (const char* kind : {"inactive_file", "active_file"}) {
    taken -= number_behind(std::string(files.reclaimable_prefix) + kind, group / "memory.stat").value_or(0);
  }
  return std::max<std::int64_t>(0, *limit - std::max<std::int64_t>(0, taken));
}

/// The tightest of a group and all that it lies in. In a container a path may begin above what can be seen there; what
/// cannot be seen is passed over.
std::int64_t left_by_groups(const fs::path& root) {
  std::int64_t left = kUnlimited;
  std::ifstream lines(root / "proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {  // "4:memory:/path", of the second version "0::/path"
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    const bool is_first = controllers.find(",memory,") != std::string::npos;
    if (!is_first && controllers != ",,") continue;
    const GroupFiles& files = is_first ? kFirstVersion : kSecondVersion;
    fs::path group = fs::path(line.substr(second + 1)).relative_path();
    left = std::min(left, left_by_group(root / files.folder, files));
    for (; !group.empty(); group = group.parent_path()) {
      left = std::min(left, left_by_group(root / files.folder / group, files));
    }
  }
  return left;
}

/// `key` says in /proc how much of the limit is taken.
std::int64_t left_by_limit(int limit, const std::string& key) {
  rlimit value{};
  if (getrlimit(static_cast<__rlimit_resource>(limit), &value) != 0 || value.rlim_cur == RLIM_INFINITY) {
    return kUnlimited;
  }
  const std::int64_t taken = number_behind(key, "/proc/self/status").value_or(0) * 1024;
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(value.rlim_cur) - taken);
}

}  // namespace

std::int64_t available_memory(const fs::path& root) {
  return std::min({left_by_system(root), left_by_groups(root), left_by_limit(RLIMIT_DATA, "VmData:"),
                   left_by_limit(RLIMIT_AS, "VmSize:")});
}

std::string bytes_text(std::int64_t bytes) {
  constexpr std::array kUnits{"kB", "MB", "GB", "TB", "PB"};
  double size = static_cast<double>(bytes) / 1000.0;
  std::size_t unit = 0;
  for (; size >= 999.5 && unit + 1 < kUnits.size(); ++unit) size /= 1000.0;
  return fmt::format("{:.3g} {}", size, kUnits[unit]);
}

}  // namespace equinfo
