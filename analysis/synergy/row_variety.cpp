#include "synergy/row_variety.h"

#include <algorithm>
#include <bit>
#include <vector>

#include <fmt/format.h>

namespace equinfo {
namespace {

std::uint64_t hash_of(std::span<const float> row) {
  std::uint64_t hash = 0;
  for (const float value : row) {
    hash ^= std::bit_cast<std::uint32_t>(value + 0.0F);  // −0 and 0 are one value
    hash *= 0x9E3779B97F4A7C15U;                         // 2⁶⁴ divided by the golden ratio
    hash ^= hash >> 32U;
  }
  return hash;
}

}  // namespace

RowVariety row_variety(MatrixView<const float> z) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(z.rows()));
  for (std::int64_t i = 0; i < z.rows(); ++i) hashes[static_cast<std::size_t>(i)] = hash_of(z.row(i));
  std::ranges::sort(hashes);
  RowVariety variety{z.rows()};
  std::int64_t run = 0;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    run = i > 0 && hashes[i] == hashes[i - 1] ? run + 1 : 1;
    if (run == 1) ++variety.different;
    variety.commonest = std::max(variety.commonest, run);
  }
  return variety;
}

std::string variety_warning(const RowVariety& variety, std::int64_t sources) {
  if (variety.different == 1) return "every row of Z is the same: is this the right array?";
  if (2 * variety.commonest >= variety.rows) {
    return fmt::format("{} of {} rows of Z are the same: is this the right array?", variety.commonest, variety.rows);
  }
  if (10 * variety.different >= sources) return "";
  return fmt::format(
      "Z has only {} different rows for {} images: that is fine for a discrete code; else ask whether this is the "
      "right array",
      variety.different, sources);
}

}  // namespace equinfo
