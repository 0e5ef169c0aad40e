#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neighbors/prepared_rows.h"

namespace equinfo {

/// Prepared rows [begin, end).
struct RowRange {
  std::int64_t begin = 0, end = 0;
};

/// Puts the rows of each range (of `order`, which names rows of z) into an order in which neighbours in space are
/// neighbours in the list: halved again and again at the median of the widest column, on multiples of
/// PreparedRows::kPadding. O(N log N) per column looked at, up to 256 rows of a part being looked at for its width.
void order_in_space(MatrixView<const float> z, std::span<const RowRange> ranges, std::vector<std::int32_t>& order,
                    int threads);

/// Axis-parallel boxes around ranges of prepared rows: pairs of ranges whose boxes are far apart need no distances.
class RowBoxes {
 public:
  RowBoxes(const PreparedRows& rows, std::span<const RowRange> ranges, int threads);

  std::int64_t count() const { return low_.rows(); }
  /// No row of box a is nearer to any row of another's box b than this D², in the scaled unit of the prepared rows;
  /// what rounding may have done to their coordinates is taken off. May be negative. O(d).
  double nearest(std::int64_t a, const RowBoxes& others, std::int64_t b) const;

 private:
  Matrix<float> low_, high_;   ///< [boxes, d]
  std::vector<double> slack_;  ///< the largest of a row of the box
};

/// Ranges of `size` rows each, the last one shorter.
std::vector<RowRange> equal_ranges(std::int64_t rows, std::int64_t size);

}  // namespace equinfo
