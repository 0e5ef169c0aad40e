#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/matrix.h"

namespace equinfo {

/// For the lifetime of the object, large buffers take so many bytes of memory, all of them together, and what is beyond
/// lies in temporary files. Without one they take half of what was available when the first of them was made. What is
/// computed does not depend on it. One at a time, and while no buffer is being made.
class MemoryForRows {
 public:
  explicit MemoryForRows(std::int64_t bytes);
  ~MemoryForRows();
  MemoryForRows(const MemoryForRows&) = delete;
  MemoryForRows& operator=(const MemoryForRows&) = delete;

 private:
  std::int64_t before_;
};

/// Zeros to be written over: in memory where there is room for them, else in a file without a name in the folder for
/// temporary files ($TMPDIR, else /var/tmp), mapped, so that the system keeps of it in memory what it has room for. The
/// file's place on the disk is taken at once. Safe from any thread.
class LargeBuffer {
 public:
  LargeBuffer() = default;
  /// Throws IoError naming the folder, the bytes needed and those free, if they cannot be had there.
  explicit LargeBuffer(std::size_t bytes);

  std::byte* data() const { return bytes_.get(); }
  bool in_file() const { return bytes_.get_deleter().in_file; }

 private:
  struct GiveBack {
    std::size_t count;
    bool in_file;
    GiveBack() : GiveBack(0, false) {}
    GiveBack(std::size_t bytes, bool is_in_file) : count(bytes), in_file(is_in_file) {}
    void operator()(std::byte* bytes) const;
  };
  std::unique_ptr<std::byte[], GiveBack> bytes_;
};

/// A row-major float32 matrix in such a buffer, for what may be as large as an embedding.
class LargeMatrix {
 public:
  LargeMatrix() = default;
  LargeMatrix(std::int64_t rows, std::int64_t cols)
      : buffer_(static_cast<std::size_t>(rows * cols) * sizeof(float)), rows_(rows), cols_(cols) {}

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  bool in_file() const { return buffer_.in_file(); }

  std::span<float> row(std::int64_t i) { return view().row(i); }
  std::span<const float> row(std::int64_t i) const { return view().row(i); }
  MatrixView<float> view() { return {elements(), rows_, cols_}; }
  MatrixView<const float> view() const { return {elements(), rows_, cols_}; }
  operator MatrixView<float>() { return view(); }
  operator MatrixView<const float>() const { return view(); }

 private:
  float* elements() const { return reinterpret_cast<float*>(buffer_.data()); }

  LargeBuffer buffer_;
  std::int64_t rows_ = 0, cols_ = 0;
};

}  // namespace equinfo
