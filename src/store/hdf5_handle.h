#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#define H5_USE_110_API  // later releases keep the 1.10 interface under this name
#include <hdf5.h>

#include "core/error.h"

namespace equinfo::hdf5 {

/// HDF5 as Debian builds it is not thread-safe: whoever calls it holds this lock. A thread may take it twice.
class Lock {
 public:
  Lock();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

/// HDF5's own words about the call that failed last: the outermost complaint, then the innermost reason; or, of
/// a write that the system refused, the system's.
std::string last_words();

/// The result of an HDF5 call. Throws IoError "<where>: HDF5: <words>" if it is negative.
template <class Result>
Result check(Result result, std::string_view where) {
  if (result < 0) throw IoError(fmt::format("{}: HDF5: {}", where, last_words()));
  return result;
}

/// An HDF5 identifier, closed at the end of its life.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  /// Throws IoError like check() if `id` is negative.
  Handle(hid_t id, Close closer, std::string_view where) : id_(check(id, where)), close_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }

  operator hid_t() const { return id_; }
  /// Closes now and reports what a destructor could not: data that did not reach the file.
  void close(std::string_view where) { check(close_(std::exchange(id_, H5I_INVALID_HID)), where); }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// Opens a file for reading. Throws IoError if it is missing, a folder, empty, or no HDF5 file.
Handle open_file(const std::filesystem::path& path);
/// Makes a new file, replacing one of the same name. Throws IoError.
Handle create_file(const std::filesystem::path& path);

}  // namespace equinfo::hdf5
