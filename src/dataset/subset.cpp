#include "dataset/subset.h"

#include <algorithm>
#include <numeric>

#include "core/random.h"

namespace equinfo {
namespace {

/// How many of each class to keep: one image a class at a time, in class order, until the limit is reached.
std::vector<std::int64_t> class_shares(const std::vector<std::vector<std::int64_t>>& rows_of_class,
                                       std::int64_t limit) {
  std::vector<std::int64_t> shares(rows_of_class.size(), 0);
  for (bool grown = true; grown && limit > 0;) {
    grown = false;
    for (std::size_t c = 0; c < shares.size() && limit > 0; ++c) {
      if (shares[c] == static_cast<std::int64_t>(rows_of_class[c].size())) continue;
      ++shares[c];
      --limit;
      grown = true;
    }
  }
  return shares;
}

}  // namespace

std::vector<std::int64_t> balanced_subset(const std::vector<std::int64_t>& labels, std::int64_t classes,
                                          std::int64_t limit, std::uint64_t seed) {
  const auto count = static_cast<std::int64_t>(labels.size());
  std::vector<std::int64_t> kept;
  if (limit == 0 || limit >= count) {
    kept.resize(labels.size());
    std::iota(kept.begin(), kept.end(), std::int64_t{0});
    return kept;
  }
  std::vector<std::vector<std::int64_t>> rows_of_class(static_cast<std::size_t>(classes));
  for (std::int64_t i = 0; i < count; ++i) {
    rows_of_class[static_cast<std::size_t>(labels[static_cast<std::size_t>(i)])].push_back(i);
  }
  const auto shares = class_shares(rows_of_class, limit);
  for (std::size_t c = 0; c < rows_of_class.size(); ++c) {
    RandomStream(seed, "dataset subset", c).shuffle(rows_of_class[c]);
    kept.insert(kept.end(), rows_of_class[c].begin(), rows_of_class[c].begin() + shares[c]);
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace equinfo
