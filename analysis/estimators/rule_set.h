#pragma once

#include <cstdint>
#include <vector>

#include "estimators/lda.h"

namespace equinfo {

/// Linear rules side by side, so that one product scores rows by all of them.
struct RuleSet {
  Matrix<float> weights;            ///< [d, columns]
  std::vector<float> bias;          ///< [columns]
  std::vector<std::int64_t> first;  ///< column of each rule, and the end

  std::int64_t columns() const { return first.back(); }
  /// How many rows are scored at once, so that their scores stay in the caches: 32 to 512.
  std::int64_t block_rows() const;
};
/// There must be one rule at least.
RuleSet side_by_side(const std::vector<const LinearRule*>& rules);

/// Writes the scores [columns, n] of rows z [n, d]. 2·n·d·columns operations.
void score_columns(const RuleSet& set, MatrixView<const float> z, MatrixView<float> scores);

/// Those of one rule, [cells, n].
MatrixView<const float> scores_of(MatrixView<const float> scores, const RuleSet& set, std::size_t rule);

}  // namespace equinfo
