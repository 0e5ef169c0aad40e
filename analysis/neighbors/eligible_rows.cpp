#include <algorithm>
#include <utility>

#include "neighbors/shared_radius.h"

namespace equinfo {
namespace {

/// For each row the number of rows with its code, less those that share its source as well (itself among them).
std::vector<std::int32_t> eligible_of(const std::vector<std::int64_t>& code, std::span<const std::int32_t> source) {
  std::vector<std::pair<std::int64_t, std::int64_t>> keys(code.size());  // (code, source or row)
  for (std::size_t i = 0; i < code.size(); ++i) {
    keys[i] = {code[i], source.empty() ? static_cast<std::int64_t>(i) : source[i]};
  }
  auto sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  const auto by_code = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::vector<std::int32_t> eligible(code.size());
  for (std::size_t i = 0; i < code.size(); ++i) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), keys[i], by_code);
    const auto [own_first, own_last] = std::equal_range(first, last, keys[i]);
    eligible[i] = static_cast<std::int32_t>((last - first) - (own_last - own_first));
  }
  return eligible;
}

}  // namespace

std::vector<LabelCounts> eligible_rows(const NeighborProblem& problem) {
  const std::size_t rows = problem.y.size();
  std::vector<std::int64_t> yt(rows), y(rows), t(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    y[i] = problem.y[i];
    t[i] = problem.t[i];
    yt[i] = y[i] * problem.transforms + t[i];
  }
  const auto by_yt = eligible_of(yt, problem.source), by_y = eligible_of(y, problem.source);
  const auto by_t = eligible_of(t, problem.source);
  const auto all = eligible_of(std::vector<std::int64_t>(rows), problem.source);
  std::vector<LabelCounts> eligible(rows);
  for (std::size_t i = 0; i < rows; ++i) eligible[i] = {by_yt[i], by_y[i], by_t[i], all[i]};
  return eligible;
}

}  // namespace equinfo
