#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neighbors/prepared_rows.h"
#include "neighbors/row_boxes.h"

namespace equinfo {

/// Limits on D² that hold somewhat more than k neighbours of a row, guessed from some columns of its cell.
class SampledLimits {
 public:
  /// Whether the cell is large enough, the rows short enough and the processor one whose registers pay.
  static bool pay(const PreparedRows& rows, const RowRange& cell, std::size_t k);

  /// One limit for each of `own` rows; too small for one row in a thousand or so.
  void guess(const PreparedRows& rows, const RowRange& own, const RowRange& cell, std::size_t k,
             std::span<float> limits);

 private:
  void take_columns(const PreparedRows& rows, const RowRange& cell);

  std::vector<float> storage_, norms_, sums_;  ///< of the columns taken; of a strip's rows and them
  float* panels_ = nullptr;                    ///< 2 c of the columns, [columns / 32][d][32], within the storage
  std::vector<std::int32_t> bounds_;
};

}  // namespace equinfo
