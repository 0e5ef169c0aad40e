#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neighbors/pair_scanner.h"
#include "neighbors/prepared_rows.h"

namespace equinfo {

/// Rows [begin, end) of the prepared order that share a cell.
struct CellRange {
  std::int64_t begin = 0, end = 0;
};

/// For each prepared row the exact D² (original unit) to its k-th neighbours of other sources inside its own cell, one
/// radius for each of `ks` (ascending, ≥ 1): [N · ks], row by row. `source` in prepared order, [N]. Every row must have
/// as many such neighbours as the last k (std::invalid_argument). The squares of the cells' sizes times d
/// multiply-adds, whatever the number of radii; memory O(N).
std::vector<double> squared_radii(const PreparedRows& rows, const PairScanner& scanner,
                                  const std::vector<CellRange>& cells, std::span<const std::int32_t> source,
                                  std::span<const int> ks, int threads);

}  // namespace equinfo
