#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"

namespace equinfo {

/// A group of permutations of N rows' labels: blocks of rows exchange their labels with blocks of the same stratum, row
/// for row. Only labels ever move; rows of Z stay where they are.
class LabelPermutations {
 public:
  /// Rows of equal `group` [N] exchange labels.
  static LabelPermutations of_rows(std::span<const std::int32_t> group);
  /// Whole sources exchange labels with sources that have the same `pattern` [N] of values, as often and in any order
  /// of the rows: rows of equal pattern are matched. A constant pattern leaves the number of rows to agree.
  static LabelPermutations of_sources(std::span<const std::int32_t> source, std::span<const std::int32_t> pattern);
  /// The same with a constant pattern, and the rows of each source exchanged among themselves as well.
  static LabelPermutations of_sources_and_rows(std::span<const std::int32_t> source);

  /// A uniformly drawn element: row i gets the label that row result[i] had. O(N).
  std::vector<std::int64_t> draw(RandomStream& stream) const;
  /// The number of rows that could come to another value of `label` [N] by some element.
  std::int64_t rows_that_may_change(std::span<const std::int32_t> label) const;
  std::int64_t strata() const { return static_cast<std::int64_t>(strata_.size()); }

 private:
  using Block = std::vector<std::int64_t>;  // rows, in the order they are matched in
  std::vector<std::vector<Block>> strata_;
  bool inside_ = false;  // rows move within their block too
  std::int64_t rows_ = 0;
};

}  // namespace equinfo
