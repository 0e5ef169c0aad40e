#include <algorithm>
#include <utility>

#include "neighbors/shared_radius.h"

namespace equinfo {
namespace {

/// Rows with the same source, side by side: (source, row), ascending. Empty if every row is a source of its own.
using RowsBySource = std::vector<std::pair<std::int32_t, std::int32_t>>;

RowsBySource rows_by_source(std::span<const std::int32_t> source) {
  if (source.empty()) return {};
  RowsBySource rows;
  rows.reserve(source.size());
  bool ascending = true, repeats = false;
  for (std::size_t i = 0; i < source.size(); ++i) {
    rows.emplace_back(source[i], static_cast<std::int32_t>(i));
    if (i == 0) continue;
    ascending = ascending && source[i - 1] <= source[i];
    repeats = repeats || source[i - 1] == source[i];
  }
  if (!ascending) {
    std::ranges::sort(rows);
    repeats = std::ranges::adjacent_find(rows, {}, [](const auto& row) { return row.first; }) != rows.end();
  }
  if (!repeats) rows.clear();
  return rows;
}

/// For each row the number of rows with its code, less those that share its source as well (itself among them).
std::vector<std::int32_t> eligible_of(const std::vector<std::int64_t>& code, const RowsBySource& rows) {
  if (code.empty()) return {};
  std::vector<std::int32_t> with_code(static_cast<std::size_t>(std::ranges::max(code) + 1)),
      of_source(with_code.size());
  for (const std::int64_t c : code) ++with_code[static_cast<std::size_t>(c)];
  std::vector<std::int32_t> eligible;
  eligible.reserve(code.size());
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

std::vector<std::int64_t> cell_codes(const NeighborProblem& problem) {
  std::vector<std::int64_t> codes(problem.y.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = std::int64_t{problem.y[i]} * problem.transforms + problem.t[i];
  }
  return codes;
}

}  // namespace

std::vector<std::int32_t> eligible_in_cells(const NeighborProblem& problem) {
  return eligible_of(cell_codes(problem), rows_by_source(problem.source));
}

std::vector<LabelCounts> eligible_rows(const NeighborProblem& problem) {
  const std::size_t rows = problem.y.size();
  const std::vector<std::int64_t> y(problem.y.begin(), problem.y.end()), t(problem.t.begin(), problem.t.end());
  const RowsBySource by_source = rows_by_source(problem.source);
  const auto by_yt = eligible_of(cell_codes(problem), by_source), by_y = eligible_of(y, by_source),
             by_t = eligible_of(t, by_source);
  const auto all = eligible_of(std::vector<std::int64_t>(rows), by_source);
  std::vector<LabelCounts> eligible(rows);
  for (std::size_t i = 0; i < rows; ++i) eligible[i] = {by_yt[i], by_y[i], by_t[i], all[i]};
  return eligible;
}

}  // namespace equinfo
