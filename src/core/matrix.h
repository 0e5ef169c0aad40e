#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace equinfo {

/// A row-major matrix that somebody else owns: [rows, cols], `stride` elements from one row to the next.
template <class T>
class MatrixView {
 public:
  MatrixView() = default;
  MatrixView(T* data, std::int64_t rows, std::int64_t cols) : MatrixView(data, rows, cols, cols) {}
  MatrixView(T* data, std::int64_t rows, std::int64_t cols, std::int64_t stride)
      : data_(data), rows_(rows), cols_(cols), stride_(stride) {}

  /// A view of T may be read as a view of const T.
  operator MatrixView<const T>() const requires(!std::is_const_v<T>) { return {data_, rows_, cols_, stride_}; }

  T* data() const { return data_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::int64_t stride() const { return stride_; }

  T& operator()(std::int64_t i, std::int64_t j) const { return data_[i * stride_ + j]; }
  std::span<T> row(std::int64_t i) const { return {data_ + i * stride_, static_cast<std::size_t>(cols_)}; }
  /// Rows [first, first + count).
  MatrixView middle_rows(std::int64_t first, std::int64_t count) const {
    return {data_ + first * stride_, count, cols_, stride_};
  }

 private:
  T* data_ = nullptr;
  std::int64_t rows_ = 0, cols_ = 0, stride_ = 0;
};

/// A row-major matrix that owns its elements, zero-initialised.
template <class T>
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::int64_t rows, std::int64_t cols)
      : values_(static_cast<std::size_t>(rows * cols)), rows_(rows), cols_(cols) {}

  T* data() { return values_.data(); }
  const T* data() const { return values_.data(); }
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }

  T& operator()(std::int64_t i, std::int64_t j) { return values_[static_cast<std::size_t>(i * cols_ + j)]; }
  const T& operator()(std::int64_t i, std::int64_t j) const { return values_[static_cast<std::size_t>(i * cols_ + j)]; }
  std::span<T> row(std::int64_t i) { return view().row(i); }
  std::span<const T> row(std::int64_t i) const { return view().row(i); }

  MatrixView<T> view() { return {data(), rows_, cols_}; }
  MatrixView<const T> view() const { return {data(), rows_, cols_}; }
  operator MatrixView<T>() { return view(); }
  operator MatrixView<const T>() const { return view(); }

 private:
  std::vector<T> values_;
  std::int64_t rows_ = 0, cols_ = 0;
};

}  // namespace equinfo
