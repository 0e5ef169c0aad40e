#pragma once

#include <cstdint>

#include "neighbors/pair_scanner.h"
#include "neighbors/prepared_rows.h"

namespace equinfo {

/// Columns are kept in panels of this many: [panel][d][kPanel], so that the inner loop reads one stream.
constexpr std::int64_t kPanel = PreparedRows::kPadding;
constexpr std::int64_t kStripRows = 8;

/// A strip of a few rows against one panel of columns, over all d coordinates or a part of them.
struct Strip {
  const float* rows;        ///< c of the first row, at the first coordinate; rows follow each other at `stride` floats
  std::int64_t stride;      ///< ≥ cols
  const float* panel;       ///< 2 c of the columns, [cols][kPanel], on a boundary of 64 bytes
  std::int64_t cols;        ///< coordinates of this part
  const float* resume;      ///< sums of the coordinates before, [kStripRows][kPanel]; null: this part is the first
  float* suspend;           ///< where to leave the sums, [kStripRows][kPanel]; null: this part is the last
  const float* row_norm;    ///< ñ of the rows, [kStripRows]
  const float* row_limit;   ///< limits of the rows, [kStripRows]
  const float* col_norm;    ///< [kPanel]
  const float* col_limit;   ///< [kPanel]
  std::uint32_t valid;      ///< bits of the panel's columns that are asked for
  std::int32_t rows_asked;  ///< how many of the rows are asked for
  std::int32_t first_row, first_col;  ///< prepared rows
};

/// Adds ñ_i + ñ_j − Σ c_i · 2 c_j over the strip, in registers, and appends the pairs within the larger of their
/// limits. `out` must have room for kStripRows · kPanel more.
using StripKernel = void (*)(const Strip&, CandidateList& out);

/// Null where this processor lacks the instructions.
StripKernel strip_kernel_avx512();
StripKernel strip_kernel_avx2();

}  // namespace equinfo
