#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/large_buffer.h"
#include "core/matrix.h"

namespace equinfo {

/// Where an array's float32 numbers lie in a file one after the other, as they do in memory.
struct FileFloats {
  std::filesystem::path file;
  std::int64_t offset = 0;  ///< bytes, a multiple of 4
};

/// The rows of an embedding as float32 [N, d]: in memory; or mapped from their file, so that the system reads what is
/// looked at and drops it again when memory is short; or likewise from a temporary file that they were unpacked into.
class StoredRows {
 public:
  explicit StoredRows(LargeMatrix rows);
  /// Maps a file's numbers, privately and for reading. The file must not be cut short meanwhile. Throws IoError with
  /// the system's reason.
  StoredRows(const FileFloats& floats, std::int64_t rows, std::int64_t cols);

  MatrixView<const float> view() const { return view_; }
  /// Whether they stay in their own file.
  bool mapped() const { return mapping_ != nullptr; }
  /// Whether they lie in a temporary one.
  bool unpacked() const { return rows_ && rows_->in_file(); }

 private:
  std::shared_ptr<const LargeMatrix> rows_;
  std::shared_ptr<const void> mapping_;  // of the whole pages that hold the numbers
  MatrixView<const float> view_;
};

}  // namespace equinfo
