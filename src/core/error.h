#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace equinfo {

/// A file's fault: cannot be opened, is truncated, has the wrong shape. The message names the path (and dataset).
class IoError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws std::invalid_argument with the formatted message unless `condition` holds: the caller's mistake.
/// Messages carry names and values: `require(rows > k, "knn: k = {} but class {} has only {} rows", k, c, rows)`.
template <class... Args>
void require(bool condition, fmt::format_string<Args...> message, Args&&... args) {
  if (!condition) throw std::invalid_argument(fmt::format(message, std::forward<Args>(args)...));
}

/// Throws IoError with the formatted message unless `condition` holds: the file's fault.
template <class... Args>
void require_file(bool condition, fmt::format_string<Args...> message, Args&&... args) {
  if (!condition) throw IoError(fmt::format(message, std::forward<Args>(args)...));
}

}  // namespace equinfo
