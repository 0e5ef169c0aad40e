#pragma once

#include <cstdint>

#include "neighbors/pair_scanner.h"

namespace equinfo {

/// Coordinates are taken four at a time: [d / 4] groups of 4 bytes a row, those past the last coordinate zero.
constexpr std::int64_t kIntegerGroup = 4;
constexpr std::int64_t kIntegerPanel = 32;
constexpr std::int64_t kIntegerStripRows = 8;   ///< rows are read in strips of so many, the last one whole as well
constexpr std::int64_t kIntegerMostRows = 256;  ///< of one call

/// A reach that lets every pair through, and one that lets through none whose other row has the same.
constexpr std::int32_t kReachAlways = 1 << 29, kReachNever = -(1 << 30) - (1 << 28);

/// (√limit · steps + error)² / 2 or a little more, kReachAlways at most; kReachNever for limits below 0. [count] each.
void reaches_of(const float* limits, const float* errors, std::int64_t count, float steps, std::int32_t* reaches);

/// Rows of integers against one panel of 32 columns.
struct IntegerPanel {
  const std::int8_t* rows;      ///< q of the first row; rows follow each other at `groups` groups
  const std::uint8_t* columns;  ///< q + 128 of the columns, [groups][32][4], on a boundary of 64 bytes
  std::int64_t groups;
  std::int64_t row_count;         ///< 1 to kIntegerMostRows
  const std::int32_t* row_need;   ///< [row_count, rounded up to a multiple of 8]
  const std::int32_t* row_reach;  ///< the same
  const std::int32_t* col_start;  ///< [32]
  const std::int32_t* col_reach;  ///< [32]
};

/// For each row the bits of the columns with col_start + Σ q_i (q_j + 128) + max(row_reach, col_reach) ≥ row_need, to
/// [row_count, rounded up to a multiple of 8].
void compare_integers(const IntegerPanel& panel, std::uint32_t* bits);

/// What the pairs that the bits name are looked at with again.
struct PanelPairs {
  const std::uint32_t* bits;  ///< of each row, [row_count]
  std::int64_t row_count;
  std::uint32_t valid;                ///< bits of the columns that are asked for
  std::int32_t first_row, first_col;  ///< prepared rows
  const float* coordinates;           ///< c, [padded rows][cols]
  std::int64_t cols;
  const float* low_norm;   ///< ñ, [padded rows]
  const float* row_limit;  ///< [row_count]
  const float* col_limit;  ///< [32]
};

/// Appends those pairs whose ñ_i + ñ_j − 2 Σ c_i c_j in float32 is within the larger of their limits. `out` must have
/// room for 32 · row_count more.
void append_pairs(const PanelPairs& pairs, CandidateList& out);

/// Whether this processor has the instructions (AVX-512 with VNNI).
bool integers_available();

}  // namespace equinfo
