#pragma once

#include <cstdint>

#include "neighbors/pair_scanner.h"
#include "neighbors/prepared_rows.h"

namespace equinfo {

/// The upper half of a float32's bits.
using BFloat16 = std::uint16_t;

/// How d split coordinates fill tiles of 32 numbers a row. Whole parts of 32 coordinates take two tiles each, for the
/// larger and the smaller halves, and three products; what is left takes its three products, and the norms, side by
/// side in a few tiles more, one product each.
struct TileShape {
  explicit TileShape(std::int64_t cols);

  std::int64_t deep, flat;  ///< whole parts; tiles of the rest
  std::int64_t tiles() const { return 2 * deep + flat; }
  std::int64_t products() const { return 3 * deep + flat; }

  static constexpr std::int64_t kDepth = 32;  ///< numbers of a row in a tile
  static constexpr std::int64_t kRows = 16;   ///< rows of a tile
  static constexpr std::int64_t kNumbers = kDepth * kRows;
};

constexpr std::int64_t kTilePanel = 32;  ///< rows or columns that are multiplied at once
static_assert(kTilePanel == PreparedRows::kPadding);

/// A panel of 32 rows against panels of 32 columns, one after the other.
struct TileStrip {
  const BFloat16* rows;  ///< [2][tiles][16 rows][32]
  const BFloat16* cols;  ///< [panels][2][tiles][16 pairs][16 columns][2]
  TileShape shape;
  std::int32_t panels;
  const float* row_limit;                 ///< [32]
  const float* col_limit;                 ///< [32 · panels]
  std::uint32_t rows_asked;               ///< bits of the rows that are asked for
  std::uint32_t first_valid, last_valid;  ///< bits of the columns of the first and the last panel that are asked for
  std::int32_t first_row, first_col;      ///< prepared rows
};

/// Appends the pairs within the larger of their limits; the calling thread must hold TileRegisters.
void scan_tiles(const TileStrip& strip, CandidateList& out);

}  // namespace equinfo
