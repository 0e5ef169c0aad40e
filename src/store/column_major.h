#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/large_buffer.h"

namespace equinfo {

/// A column-major array, held as a whole (core/large_buffer.h), and its rows: element (i0, i1, …) lies at
/// i0 + n0 · (i1 + n1 · …).
class ColumnMajor {
 public:
  /// `item` is the size of an element in bytes.
  ColumnMajor(const std::vector<std::int64_t>& shape, std::size_t item);

  /// To be filled.
  std::span<char> bytes() const { return {reinterpret_cast<char*>(whole_.data()), rows_ * columns_.size() * item_}; }
  /// Rows from `first` on, as many as `out` holds, row-major.
  void copy_rows(std::size_t first, std::span<char> out) const;

 private:
  std::size_t rows_, item_;
  std::vector<std::size_t> columns_;  // of a row's elements, in row-major order
  LargeBuffer whole_;
};

}  // namespace equinfo
