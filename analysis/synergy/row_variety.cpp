#include "synergy/row_variety.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include <fmt/format.h>

#include "compute/lane_math.h"
#include "compute/parallel.h"
#include "compute/vectorised.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 4096;

/// A hash of sixteen lanes, each of every sixteenth column; `mask` [d] leaves columns out. −0 and 0 are one value.
EQUINFO_VECTORISED std::uint64_t hash_of(const float* row, const std::uint32_t* mask, std::size_t columns) {
  std::array<std::uint32_t, kLanes> lanes{};
  const auto mix = [](std::uint32_t lane, float value, std::uint32_t kept) {
    lane = (lane ^ (std::bit_cast<std::uint32_t>(value + 0.0F) & kept)) * 0x9E3779B1U;  // 2³² / the golden ratio
    return lane ^ (lane >> 15U);
  };
  std::size_t j = 0;
  for (; j + kLanes <= columns; j += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lanes[l] = mix(lanes[l], row[j + l], mask[j + l]);
  }
  for (std::size_t l = 0; j < columns; ++j, ++l) lanes[l] = mix(lanes[l], row[j], mask[j]);
  std::uint64_t hash = 0;
  for (const std::uint32_t lane : lanes) {
    hash = (hash ^ lane) * 0x9E3779B97F4A7C15U;  // 2⁶⁴ / the golden ratio
    hash ^= hash >> 32U;
  }
  return hash;
}

}  // namespace

RowVariety row_variety(const ScaledRows& z, int threads) {
  std::vector<std::uint32_t> mask(static_cast<std::size_t>(z.cols()), ~0U);
  for (std::size_t j = 0; j < z.scale().size(); ++j) mask[j] = z.scale()[j] == 0.0 ? 0U : ~0U;
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(z.rows()));
  parallel_for((z.rows() + kBlockRows - 1) / kBlockRows, threads, [&](std::int64_t b) {
    for (std::int64_t i = b * kBlockRows; i < std::min(z.rows(), (b + 1) * kBlockRows); ++i) {
      hashes[static_cast<std::size_t>(i)] = hash_of(z.raw().row(i).data(), mask.data(), mask.size());
    }
  });
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
