#include <algorithm>
#include <utility>

#include "neighbors/shared_radius.h"

namespace equinfo {
namespace {

/// Rows with the same source, side by side: (source, row), ascending. Empty if every row is a source of its own.
using RowsBySource = std::vector<std::pair<std::int32_t, std::int32_t>>;

RowsBySource rows_by_source(std::span<const std::int32_t> source) {
  RowsBySource rows;
  for (std::size_t i = 0; i < source.size(); ++i) rows.emplace_back(source[i], static_cast<std::int32_t>(i));
  if (!std::ranges::is_sorted(rows)) std::ranges::sort(rows);
  const auto repeats = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::ranges::adjacent_find(rows, repeats) == rows.end()) rows.clear();
  return rows;
}

/// For each row the number of rows with its code, less those that share its source as well (itself among them).
std::vector<std::int32_t> eligible_of(const std::vector<std::int64_t>& code, const RowsBySource& rows) {
  if (code.empty()) return {};
  std::vector<std::int32_t> with_code(static_cast<std::size_t>(std::ranges::max(code) + 1)),
      of_source(with_code.size());
  for (const std::int64_t c : code) ++with_code[static_cast<std::size_t>(c)];
  std::vector<std::int32_t> eligible;
  for (const std::int64_t c : code) eligible.push_back(with_code[static_cast<std::size_t>(c)] - 1);
  for (auto first = rows.begin(); first != rows.end();) {
    const auto last = std::find_if(first, rows.end(), [&](const auto& row) { return row.first != first->first; });
    const auto count_of = [&](const auto& row) -> std::int32_t& {
      return of_source[static_cast<std::size_t>(code[static_cast<std::size_t>(row.second)])];
    };
    for (auto row = first; row != last; ++row) ++count_of(*row);
    for (auto row = first; row != last; ++row) eligible[static_cast<std::size_t>(row->second)] -= count_of(*row) - 1;
    for (auto row = first; row != last; ++row) count_of(*row) = 0;
    first = last;
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
  const RowsBySource by_source = rows_by_source(problem.source);
  const auto by_yt = eligible_of(yt, by_source), by_y = eligible_of(y, by_source), by_t = eligible_of(t, by_source);
  const auto all = eligible_of(std::vector<std::int64_t>(rows), by_source);
  std::vector<LabelCounts> eligible(rows);
  for (std::size_t i = 0; i < rows; ++i) eligible[i] = {by_yt[i], by_y[i], by_t[i], all[i]};
  return eligible;
}

}  // namespace equinfo
