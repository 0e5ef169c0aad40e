#include "resampling/source_folds.h"

#include <algorithm>

#include "core/error.h"
#include "core/random.h"

namespace equinfo {

SourceFolds make_source_folds(std::span<const std::int32_t> source, std::int64_t sources,
                              std::span<const std::int32_t> stratum, const SourceFoldOptions& options) {
  require(options.folds >= 2 && options.parts >= 1, "folds: {} folds of {} parts", options.folds, options.parts);
  SourceFolds folds{options.folds, options.parts, std::vector<std::int32_t>(source.size())};
  const bool crowded = static_cast<std::int64_t>(source.size()) >= 10 * std::max<std::int64_t>(sources, 1);
  require(sources >= folds.chunks(), "folds: {} sources are too few for {} folds of {} parts{}", sources, options.folds,
          options.parts,
          crowded ? fmt::format(", but {} rows come from them: are the sources exchanged with another dataset?",
                                source.size())
                  : "");
  std::vector<std::int32_t> stratum_of(static_cast<std::size_t>(sources), -1);
  for (std::size_t i = 0; i < source.size(); ++i) {
    auto& of_source = stratum_of[static_cast<std::size_t>(source[i])];
    if (of_source < 0) of_source = stratum[i];
  }
  RandomStream stream(options.seed, "source folds", options.repetition);
  auto order = stream.permutation(sources);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return stratum_of[static_cast<std::size_t>(a)] < stratum_of[static_cast<std::size_t>(b)];
  });
  // Dealing round and round through the sorted sources keeps both the chunks and their strata equal to within one.
  // A part changes fastest over folds, so that every fold fills evenly.
  std::vector<std::int32_t> chunk_of(static_cast<std::size_t>(sources));
  for (std::int64_t k = 0; k < sources; ++k) {
    const auto turn = static_cast<std::int32_t>(k % folds.chunks());
    const std::int32_t fold = turn % folds.folds, part = turn / folds.folds;
    chunk_of[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])] = fold * folds.parts + part;
  }
  for (std::size_t i = 0; i < source.size(); ++i) folds.chunk[i] = chunk_of[static_cast<std::size_t>(source[i])];
  return folds;
}

std::vector<std::vector<std::int64_t>> rows_of_chunks(const SourceFolds& folds) {
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(folds.chunks()));
  for (std::size_t i = 0; i < folds.chunk.size(); ++i) {
    rows[static_cast<std::size_t>(folds.chunk[i])].push_back(static_cast<std::int64_t>(i));
  }
  return rows;
}

}  // namespace equinfo
