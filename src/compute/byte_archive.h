#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "core/error.h"

namespace equinfo {

/// Values one after the other as bytes, for another process of the same program on the same kind of machine.
class ByteWriter {
 public:
  template <class T>
  void put(const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::size_t size = values.size();
    put_bytes(std::as_bytes(std::span(&size, 1)));
    put_bytes(std::as_bytes(std::span(values)));
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  void put_bytes(std::span<const std::byte> more) { bytes_.insert(bytes_.end(), more.begin(), more.end()); }

  std::vector<std::byte> bytes_;
};

/// Reads what a ByteWriter wrote, in the same order. Throws std::invalid_argument at the end of the bytes.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class T>
  std::vector<T> take() {
    std::size_t size = 0;
    take_bytes(std::as_writable_bytes(std::span(&size, 1)));
    require(size <= bytes_.size() / sizeof(T), "{} values do not fit into the {} bytes left", size, bytes_.size());
    std::vector<T> values(size);
    take_bytes(std::as_writable_bytes(std::span(values)));
    return values;
  }

 private:
  void take_bytes(std::span<std::byte> out) {
    require(out.size() <= bytes_.size(), "{} bytes wanted, {} left", out.size(), bytes_.size());
    if (!out.empty()) std::memcpy(out.data(), bytes_.data(), out.size());
    bytes_ = bytes_.subspan(out.size());
  }

  std::span<const std::byte> bytes_;
};

}  // namespace equinfo
