#include "neighbors/row_arrangement.h"

#include <algorithm>
#include <numeric>

namespace equinfo {
namespace {

/// Rows are put in order of space up to here: with more columns, boxes around them hardly keep any apart.
constexpr std::int64_t kMostCrowdedCols = 8;

/// Puts rows in order of their keys, 0 to keys − 1; those of equal keys stay as they are.
template <class Key>
void order_by(const Key& key_of, std::int32_t keys, std::vector<std::int32_t>& order) {
  std::vector<std::size_t> next(static_cast<std::size_t>(keys) + 1);
  for (const std::int32_t row : order) ++next[static_cast<std::size_t>(key_of(row)) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<std::int32_t> ordered(order.size());
  for (const std::int32_t row : order) ordered[next[static_cast<std::size_t>(key_of(row))]++] = row;
  order.swap(ordered);
}

/// Rows of one cell side by side, those that are asked about first.
std::vector<std::int32_t> order_by_cell(const NeighborProblem& problem, const std::vector<bool>& asked) {
  std::vector<std::int32_t> order(problem.y.size());
  std::iota(order.begin(), order.end(), 0);
  const bool all_asked = problem.anchors.empty();
  if (!all_asked) order_by([&](std::int32_t row) { return asked[static_cast<std::size_t>(row)] ? 0 : 1; }, 2, order);
  order_by([&](std::int32_t row) { return problem.t[static_cast<std::size_t>(row)]; }, problem.transforms, order);
  order_by([&](std::int32_t row) { return problem.y[static_cast<std::size_t>(row)]; }, problem.classes, order);
  return order;
}

std::vector<RowRange> cells_of(const NeighborProblem& problem, const std::vector<std::int32_t>& order) {
  const auto same_cell = [&](std::int32_t a, std::int32_t b) {
    const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
    return problem.y[i] == problem.y[j] && problem.t[i] == problem.t[j];
  };
  std::vector<RowRange> cells;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto here = static_cast<std::int64_t>(i);
    if (i == 0 || !same_cell(order[i - 1], order[i])) cells.push_back({here, here});
    ++cells.back().end;
  }
  return cells;
}

AskedRows asked_of(const std::vector<RowRange>& cells, const std::vector<std::int32_t>& order,
                   const std::vector<bool>& asked) {
  AskedRows rows;
  for (const RowRange& cell : cells) {
    const auto first_other = std::find_if(order.begin() + cell.begin, order.begin() + cell.end,
                                          [&](std::int32_t row) { return !asked[static_cast<std::size_t>(row)]; });
    const std::int64_t end = first_other - order.begin();
    rows.asked.push_back({cell.begin, end});
    if (end < cell.end) rows.others.push_back({end, cell.end});
  }
  return rows;
}

PreparedLabels prepared_labels(const NeighborProblem& problem, const std::vector<std::int32_t>& order) {
  PreparedLabels labels;
  for (auto* codes : {&labels.y, &labels.t, &labels.source}) codes->reserve(order.size());
  for (const std::int32_t row : order) {
    const auto i = static_cast<std::size_t>(row);
    labels.y.push_back(problem.y[i]);
    labels.t.push_back(problem.t[i]);
    labels.source.push_back(problem.source.empty() ? row : problem.source[i]);
  }
  return labels;
}

}  // namespace

Arrangement arranged(const NeighborProblem& problem, const std::vector<bool>& asked, int threads) {
  Arrangement result{order_by_cell(problem, asked), {}, {}, problem.z.cols() <= kMostCrowdedCols, {}};
  result.cells = cells_of(problem, result.order);
  result.of_cells = asked_of(result.cells, result.order, asked);
  if (result.in_space) {
    for (const auto* ranges : {&result.of_cells.asked, &result.of_cells.others}) {
      order_in_space(problem.z, *ranges, result.order, threads);
    }
  }
  result.labels = prepared_labels(problem, result.order);
  return result;
}

}  // namespace equinfo
