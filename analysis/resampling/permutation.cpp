#include "resampling/permutation.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/error.h"

namespace equinfo {
namespace {

std::map<std::int32_t, std::vector<std::int64_t>> rows_by_key(std::span<const std::int32_t> key) {
  std::map<std::int32_t, std::vector<std::int64_t>> rows;
  for (std::size_t i = 0; i < key.size(); ++i) rows[key[i]].push_back(static_cast<std::int64_t>(i));
  return rows;
}

std::vector<std::int32_t> values_at(std::span<const std::int32_t> label, const std::vector<std::int64_t>& rows) {
  std::vector<std::int32_t> values;
  for (const std::int64_t row : rows) values.push_back(label[static_cast<std::size_t>(row)]);
  return values;
}

}  // namespace

LabelPermutations LabelPermutations::of_rows(std::span<const std::int32_t> group) {
  LabelPermutations permutations;
  permutations.rows_ = static_cast<std::int64_t>(group.size());
  for (auto& [key, rows] : rows_by_key(group)) {
    auto& stratum = permutations.strata_.emplace_back();
    for (const std::int64_t row : rows) stratum.push_back({row});
  }
  return permutations;
}

LabelPermutations LabelPermutations::of_sources(std::span<const std::int32_t> source,
                                                std::span<const std::int32_t> pattern) {
  require(source.size() == pattern.size(), "permutations: {} sources but {} values of the pattern", source.size(),
          pattern.size());
  std::map<std::vector<std::int32_t>, std::vector<Block>> strata;
  for (auto& [key, rows] : rows_by_key(source)) {
    std::stable_sort(rows.begin(), rows.end(), [&](std::int64_t a, std::int64_t b) {
      return pattern[static_cast<std::size_t>(a)] < pattern[static_cast<std::size_t>(b)];
    });
    strata[values_at(pattern, rows)].push_back(rows);
  }
  LabelPermutations permutations;
  permutations.rows_ = static_cast<std::int64_t>(source.size());
  for (auto& [values, blocks] : strata) permutations.strata_.push_back(std::move(blocks));
  return permutations;
}

LabelPermutations LabelPermutations::of_sources_and_rows(std::span<const std::int32_t> source) {
  LabelPermutations permutations = of_sources(source, std::vector<std::int32_t>(source.size(), 0));
  permutations.inside_ = true;
  return permutations;
}

std::vector<std::int64_t> LabelPermutations::draw(RandomStream& stream) const {
  std::vector<std::int64_t> from(static_cast<std::size_t>(rows_));
  for (const auto& stratum : strata_) {
    const auto order = stream.permutation(static_cast<std::int64_t>(stratum.size()));
    for (std::size_t b = 0; b < stratum.size(); ++b) {
      const Block& to = stratum[b];
      Block giver = stratum[static_cast<std::size_t>(order[b])];
      if (inside_) stream.shuffle(giver);
      for (std::size_t j = 0; j < to.size(); ++j) from[static_cast<std::size_t>(to[j])] = giver[j];
    }
  }
  return from;
}

std::int64_t LabelPermutations::rows_that_may_change(std::span<const std::int32_t> label) const {
  std::int64_t rows = 0;
  for (const auto& stratum : strata_) {
    const std::size_t length = stratum.front().size();
    // Which values a place in the block can get: those of the same place in the stratum, or of all places.
    std::vector<std::set<std::int32_t>> values(inside_ ? 1 : length);
    for (const Block& block : stratum) {
      for (std::size_t j = 0; j < length; ++j) {
        values[inside_ ? 0 : j].insert(label[static_cast<std::size_t>(block[j])]);
      }
    }
    for (std::size_t j = 0; j < length; ++j) {
      if (values[inside_ ? 0 : j].size() > 1) rows += static_cast<std::int64_t>(stratum.size());
    }
  }
  return rows;
}

}  // namespace equinfo
