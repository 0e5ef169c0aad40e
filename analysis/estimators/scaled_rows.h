#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/large_buffer.h"
#include "core/matrix.h"

namespace equinfo {

/// Rows of an embedding that somebody else owns, in memory or mapped from a file, as they are or with their columns
/// moved and scaled. Scaled rows exist only block by block, where they are asked for, so that a file larger than memory
/// is never held. A cheap value; safe from any thread.
class ScaledRows {
 public:
  /// The rows as they are.
  ScaledRows(MatrixView<const float> raw) : raw_(raw) {}
  ScaledRows(const Matrix<float>& raw) : raw_(raw.view()) {}
  ScaledRows(const LargeMatrix& raw) : raw_(raw.view()) {}
  /// Row i is (raw(i, j) − mean[j]) · scale[j], computed in float64 and rounded.
  ScaledRows(MatrixView<const float> raw, std::vector<double> mean, std::vector<double> scale);

  std::int64_t rows() const { return raw_.rows(); }
  std::int64_t cols() const { return raw_.cols(); }
  /// The rows before they are moved and scaled.
  MatrixView<const float> raw() const { return raw_; }
  /// Of each column; empty for rows as they are. Scaled rows have means of zero but for rounding.
  std::span<const double> scale() const { return columns_ ? columns_->scale : std::span<const double>(); }

  void copy_row(std::int64_t row, std::span<float> to) const;
  /// Rows [first, first + to.rows()).
  void copy_rows(std::int64_t first, MatrixView<float> to) const;
  void gather(std::span<const std::int64_t> rows, MatrixView<float> to) const;
  /// All rows, for what cannot do with less. N·d floats, in a file where memory has no room for them.
  LargeMatrix all(int threads) const;

 private:
  struct Columns {
    std::vector<double> mean, scale;
  };
  MatrixView<const float> raw_;
  std::shared_ptr<const Columns> columns_;
};

/// Where windows of about 1 GiB begin in the rows, and the end: what visits rows chunk by chunk does so within one
/// window after the other, so that a file larger than memory is read in its own order.
std::vector<std::int64_t> window_bounds(const ScaledRows& rows);
/// Those of ascending row numbers that lie in [first, end).
std::span<const std::int64_t> rows_within(std::span<const std::int64_t> rows, std::int64_t first, std::int64_t end);

/// Centres the columns of z and divides everything by their median deviation, so that no offset or unit of the caller's
/// eats digits; a column more than 30 times that or less than a 30th is divided by its own deviation, and one that is
/// constant but for float32 rounding becomes zero. One to one, so no quantity changes. One pass over z, bitwise equal
/// for any number of threads.
ScaledRows standardised_rows(MatrixView<const float> z, int threads);

}  // namespace equinfo
