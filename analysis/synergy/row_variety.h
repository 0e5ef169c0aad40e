#pragma once

#include <cstdint>
#include <string>

#include "estimators/scaled_rows.h"

namespace equinfo {

/// How much the rows of an array repeat each other.
struct RowVariety {
  std::int64_t rows = 0;
  std::int64_t different = 0;  ///< rows that differ from each other in some bit
  std::int64_t commonest = 0;  ///< how often the row that occurs most occurs
};

/// Rows are told apart by a 64-bit hash of the columns that scaling leaves. O(N·d + N log N).
RowVariety row_variety(const ScaledRows& z, int threads);

/// What a reader should be asked about a representation, in one sentence; empty if it looks like one. Half of all rows
/// being the same is suspicious, and so are fewer different rows than a tenth of the sources: an encoder that T does
/// not move at all still tells images apart.
std::string variety_warning(const RowVariety& variety, std::int64_t sources);

}  // namespace equinfo
