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

/// For each prepared row the exact D² (original unit) to its k-th neighbour of another source inside its own cell.
/// `source` in prepared order, [N]. Every row must have k such neighbours (std::invalid_argument). The squares of the
/// cells' sizes times d multiply-adds; memory O(N).
std::vector<double> squared_radii(const PreparedRows& rows, const PairScanner& scanner,
                                  const std::vector<CellRange>& cells, std::span<const std::int32_t> source, int k,
                                  int threads);

}  // namespace equinfo
