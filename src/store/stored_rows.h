#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/matrix.h"

namespace equinfo {

/// Where an array's float32 numbers lie in a file one after the other, as they do in memory.
struct FileFloats {
  std::filesystem::path file;
  std::int64_t offset = 0;  ///< bytes, a multiple of 4
};

/// The rows of an embedding as float32 [N, d]: in memory, or mapped from their file, so that the system reads what is
/// looked at and drops it again when memory is short.
class StoredRows {
 public:
  explicit StoredRows(Matrix<float> rows);
  /// Maps a file's numbers, privately and for reading. The file must not be cut short meanwhile. Throws IoError with
  /// the system's reason.
  StoredRows(const FileFloats& floats, std::int64_t rows, std::int64_t cols);

  MatrixView<const float> view() const { return view_; }
  bool mapped() const { return mapping_ != nullptr; }

 private:
  std::shared_ptr<const Matrix<float>> rows_;
  std::shared_ptr<const void> mapping_;  // of the whole pages that hold the numbers
  MatrixView<const float> view_;
};

}  // namespace equinfo
