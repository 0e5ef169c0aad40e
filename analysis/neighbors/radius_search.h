#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neighbors/pair_scanner.h"
#include "neighbors/prepared_rows.h"
#include "neighbors/row_boxes.h"

namespace equinfo {

class DeviceRows;

/// Where neighbours are looked for.
struct RadiusSpace {
  const PreparedRows& rows;
  const PairScanner& scanner;
  std::span<const RowRange> cells;       ///< rows of one cell each, ascending
  std::span<const RowRange> asked;       ///< of each cell the rows whose radii are wanted, part of it
  std::span<const std::int32_t> source;  ///< in prepared order, [N]
  bool ordered_in_space = false;         ///< inside the cells, so that boxes tell far rows
  const DeviceRows* device = nullptr;    ///< the same rows on a device that searches; null: the processor does
};

/// For each prepared row the exact D² (original unit) to its k-th neighbours of other sources inside its own cell, one
/// radius for each of `ks` (ascending, ≥ 1): [N · ks], row by row; −∞ for rows that are not asked about. Every row that
/// is must have as many such neighbours as the last k (std::invalid_argument). The squares of the cells' sizes times d
/// multiply-adds at most, whatever the number of radii; memory O(N). Ranks share
/// the rows out.
std::vector<double> squared_radii(const RadiusSpace& space, std::span<const int> ks, int threads);

/// The same from this process alone, on its processor: for what ranks decide each by themselves.
std::vector<double> squared_radii_alone(const RadiusSpace& space, std::span<const int> ks, int threads);

}  // namespace equinfo
