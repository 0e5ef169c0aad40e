#include "core/named_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "core/error.h"

namespace equinfo {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;

std::optional<fs::path> next_link(const fs::path& path) {
  std::error_code failure;
  if (!fs::is_symlink(path, failure)) return std::nullopt;
  const fs::path next = fs::read_symlink(path, failure);
  return failure ? std::nullopt : std::optional(path.parent_path() / next);
}

/// The open file that a name such as /dev/stdout or /dev/fd/63 stands for. It is written to as it is open, since
/// another opening of the same file would begin at its start.
std::optional<int> descriptor_of(fs::path path) {
  for (int links = 0; links < kMostLinks; ++links) {
    const std::string folder = path.parent_path().string(), name = path.filename().string();
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool whole = error == std::errc() && end == name.data() + name.size();
    if (whole && (folder == "/dev/fd" || folder == "/proc/self/fd")) return number;
    const auto next = next_link(path);
    if (!next) return std::nullopt;
    path = *next;
  }
  return std::nullopt;
}

bool is_left_out(const fs::path& path) { return path.empty() || path == "-" || is_stream(path); }

}  // namespace

fs::path followed_links(const fs::path& path) {
  fs::path end = path;
  int links = 0;
  for (auto next = next_link(end); next; next = next_link(end)) {
    require_file(++links < kMostLinks, "{}: its symbolic links go in a circle", path.string());
    end = *next;
  }
  return end;
}

bool is_stream(const fs::path& path) {
  if (descriptor_of(path)) return true;
  std::error_code failure;
  const auto status = fs::status(path, failure);
  return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

void write_stream(const fs::path& path, std::string_view bytes) {
  const auto open_one = descriptor_of(path);
  const int handle = open_one ? dup(*open_one) : open(path.c_str(), O_WRONLY | O_CLOEXEC);
  int reason = handle < 0 ? errno : 0;
  while (reason == 0 && !bytes.empty()) {
    const ssize_t done = write(handle, bytes.data(), bytes.size());
    if (done >= 0) bytes.remove_prefix(static_cast<std::size_t>(done));
    if (done < 0 && errno != EINTR) reason = errno;
  }
  if (handle >= 0 && close(handle) != 0 && reason == 0) reason = errno;
  require_file(reason == 0, "{}: cannot be written: {}", path.string(), std::strerror(reason));
}

bool is_one_file(const fs::path& a, const fs::path& b) {
  std::error_code failure;
  if (fs::exists(a, failure) && fs::exists(b, failure)) return fs::equivalent(a, b, failure);
  return fs::weakly_canonical(fs::absolute(followed_links(a))) == fs::weakly_canonical(fs::absolute(followed_links(b)));
}

void require_separate_files(const std::vector<NamedFile>& inputs, const std::vector<NamedFile>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& [option, path] = outputs[i];
    if (is_left_out(path)) continue;
    for (const NamedFile& input : inputs) {
      require(is_left_out(input.path) || !is_one_file(path, input.path), "{} {}: is the same file as the input {} {}",
              option, path.string(), input.option, input.path.string());
    }
    for (std::size_t k = 0; k < i; ++k) {
      require(is_left_out(outputs[k].path) || !is_one_file(path, outputs[k].path), "{} {} and {} {} are the same file",
              outputs[k].option, outputs[k].path.string(), option, path.string());
    }
  }
}

}  // namespace equinfo
