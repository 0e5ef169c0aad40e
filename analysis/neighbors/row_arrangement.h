#pragma once

#include <cstdint>
#include <vector>

#include "neighbors/radius_count.h"
#include "neighbors/row_boxes.h"
#include "neighbors/shared_radius.h"

namespace equinfo {

/// Of each cell the rows that are asked about, and the others.
struct AskedRows {
  std::vector<RowRange> asked, others;
};

/// The rows of a problem side by side with those of their cell, those that are asked about first; with few columns also
/// in order of space inside both.
struct Arrangement {
  std::vector<std::int32_t> order;  ///< rows of the problem, [N]
  std::vector<RowRange> cells;
  AskedRows of_cells;
  bool in_space = false;
  PreparedLabels labels;
};

/// asked: whether a row is asked about, [N].
Arrangement arranged(const NeighborProblem& problem, const std::vector<bool>& asked, int threads);

}  // namespace equinfo
