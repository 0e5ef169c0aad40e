#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace equinfo {

/// How rows are cut for cross-fitting: `folds` folds, each cut again into `parts` parts, so that the training rows of a
/// fold can also be taken by halves and quarters. All rows of one source share one part.
struct SourceFolds {
  int folds = 0, parts = 0;
  std::vector<std::int32_t> chunk;  ///< [N], fold · parts + part of each row

  int chunks() const { return folds * parts; }
  std::int32_t fold(std::int64_t row) const { return chunk[static_cast<std::size_t>(row)] / parts; }
};

struct SourceFoldOptions {
  int folds = 5;  ///< ≥ 2
  int parts = 4;  ///< ≥ 1
  std::uint64_t seed = 0;
  std::uint64_t repetition = 0;  ///< another number gives another cut
};

/// The rows of each chunk, ascending.
std::vector<std::vector<std::int64_t>> rows_of_chunks(const SourceFolds& folds);

/// Deals the sources to folds and parts at random, stratum by stratum, so that each chunk gets nearly equal shares of
/// every stratum. `source` [N] in {0, …, sources − 1}; a source's stratum is the `stratum` [N] of its first row.
/// Throws std::invalid_argument if there are fewer sources than chunks. O(N + sources).
SourceFolds make_source_folds(std::span<const std::int32_t> source, std::int64_t sources,
                              std::span<const std::int32_t> stratum, const SourceFoldOptions& options);

}  // namespace equinfo
