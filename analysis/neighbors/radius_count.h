#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neighbors/pair_scanner.h"
#include "neighbors/prepared_rows.h"
#include "neighbors/row_boxes.h"
#include "neighbors/shared_radius.h"

namespace equinfo {

/// Labels of the prepared rows, [N] each.
struct PreparedLabels {
  std::vector<std::int32_t> y, t, source;
};

class DeviceRows;

/// Where rows are counted.
struct CountSpace {
  const PreparedRows& rows;
  const PairScanner& scanner;
  const PreparedLabels& labels;
  std::span<const double>
      squared_radii;      ///< [N · radii], original unit, ascending for each row; −∞: a row not asked about
  std::size_t radii = 1;  ///< of each row
  bool ordered_in_space = false;       ///< whether neighbours in the order tend to be neighbours in space
  const DeviceRows* device = nullptr;  ///< the same rows on a device that counts; null: the processor does
};

/// For each row and each of its radii the rows of other sources within it, [N · radii]. Each pair of rows is looked at
/// once and serves both; pairs of blocks whose boxes are further apart than any of their radii are not looked at.
/// Memory: 16 bytes a radius and thread, O(N) beside. Throws nothing of its own.
std::vector<LabelCounts> count_within_radii(const CountSpace& space, const NeighborOptions& options);

}  // namespace equinfo
