#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "estimators/cell_means.h"
#include "estimators/labels.h"
#include "estimators/scaled_rows.h"

/// Rows in groups (classes, transformations, cells), their means, and how rows scatter about the means of their cells.
namespace equinfo {

/// Rows in the order of their sources, cut into blocks of whole sources.
struct SourceBlocks {
  std::vector<std::int64_t> rows;
  std::vector<std::size_t> first;  ///< of each block, and the end

  std::int64_t count() const { return static_cast<std::int64_t>(first.size()) - 1; }
  std::span<const std::int64_t> block(std::int64_t number) const;
};
/// Blocks of 1,024 rows and what the last source has beyond. O(N log N).
SourceBlocks source_blocks(const Labels& labels);

/// One way to group rows.
struct Grouping {
  std::vector<std::int32_t> group;  ///< of each row
  std::vector<double> rows;         ///< of each group
  Matrix<double> mean;              ///< [groups, d], about the mean of all rows; zero for a group without rows
};
/// By class, by transformation and by cell.
std::array<Grouping, 3> group_rows(const ScaledRows& z, const Labels& labels);
/// The same from sums of the cells.
std::array<Grouping, 3> group_rows(const CellSums& cells, const Labels& labels);

/// The rows' distances from the means of their cells, for some rows; `centre` [d] is the mean of all.
Matrix<float> residuals(const ScaledRows& z, const Grouping& cells, const std::vector<double>& centre,
                        std::span<const std::int64_t> rows);

/// The within-cell scatter of all rows, [d, d]. N·d² operations, bitwise equal for any number of threads.
Matrix<double> scatter_within(const ScaledRows& z, const Grouping& cells, const std::vector<double>& centre,
                              const SourceBlocks& blocks, int threads);

}  // namespace equinfo
