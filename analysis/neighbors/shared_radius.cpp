#include "neighbors/shared_radius.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "neighbors/prepared_rows.h"
#include "neighbors/radius_count.h"
#include "neighbors/radius_search.h"

namespace equinfo {
namespace {

/// Rows are put in order of space up to here: with more columns, boxes around them hardly keep any apart.
constexpr std::int64_t kMostCrowdedCols = 8;

void check_codes(std::span<const std::int32_t> codes, std::int32_t count, const char* name, std::int64_t rows) {
  require(static_cast<std::int64_t>(codes.size()) == rows, "neighbors: z has {} rows but {} has {}", rows, name,
          codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    require(codes[i] >= 0 && codes[i] < count, "neighbors: {}[{}] = {} is outside 0..{}", name, i, codes[i], count - 1);
  }
}

void check_ks(std::span<const int> ks) {
  require(!ks.empty(), "neighbors: no k is given");
  require(ks.front() >= 1, "neighbors: k = {} is below 1", ks.front());
  for (std::size_t r = 1; r < ks.size(); ++r) {
    require(ks[r - 1] < ks[r], "neighbors: k = {} does not ascend after {}", ks[r], ks[r - 1]);
  }
}

void check(const NeighborProblem& problem) {
  const std::int64_t rows = problem.z.rows();
  require(rows > 0, "neighbors: there are no rows");
  require(rows < std::numeric_limits<std::int32_t>::max(), "neighbors: {} rows are too many", rows);
  check_codes(problem.y, problem.classes, "y", rows);
  check_codes(problem.t, problem.transforms, "t", rows);
  require(problem.source.empty() || static_cast<std::int64_t>(problem.source.size()) == rows,
          "neighbors: z has {} rows but source has {}", rows, problem.source.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < problem.z.cols(); ++j) {
      require(std::isfinite(problem.z(i, j)), "neighbors: z[{}, {}] = {} is not finite", i, j, problem.z(i, j));
    }
  }
}

/// The rows that are asked about, in the order of the results.
std::vector<std::int64_t> rows_asked(const NeighborProblem& problem) {
  if (!problem.anchors.empty()) return {problem.anchors.begin(), problem.anchors.end()};
  std::vector<std::int64_t> rows(problem.y.size());
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

/// Which rows are asked about, [N].
std::vector<bool> asked_rows(const NeighborProblem& problem) {
  std::vector<bool> asked(problem.y.size(), problem.anchors.empty());
  for (const std::int64_t row : problem.anchors) {
    require(row >= 0 && row < problem.z.rows(), "neighbors: there is no row {} among {} to ask about", row,
            problem.z.rows());
    require(!asked[static_cast<std::size_t>(row)], "neighbors: row {} is asked about twice", row);
    asked[static_cast<std::size_t>(row)] = true;
  }
  return asked;
}

void check_enough_neighbors(const NeighborProblem& problem, const std::vector<bool>& asked, int k) {
  const std::vector<LabelCounts> eligible = eligible_rows(problem);
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    if (!asked[i]) continue;
    require(eligible[i].yt >= k,
            "neighbors: k = {} but row {}, of class {} with transformation {}, has only {} eligible "
            "neighbours",
            k, i, problem.y[i], problem.t[i], eligible[i].yt);
  }
}

/// Rows of one cell side by side, those that are asked about first.
std::vector<std::int32_t> order_by_cell(const NeighborProblem& problem, const std::vector<bool>& asked) {
  std::vector<std::int32_t> order(problem.y.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
    if (problem.y[i] != problem.y[j]) return problem.y[i] < problem.y[j];
    if (problem.t[i] != problem.t[j]) return problem.t[i] < problem.t[j];
    return asked[i] && !asked[j];
  });
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

/// Of each cell the rows that are asked about, and the others.
struct AskedRows {
  std::vector<RowRange> asked, others;
};

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
  for (const std::int32_t row : order) {
    const auto i = static_cast<std::size_t>(row);
    labels.y.push_back(problem.y[i]);
    labels.t.push_back(problem.t[i]);
    labels.source.push_back(problem.source.empty() ? row : problem.source[i]);
  }
  return labels;
}

}  // namespace

SharedRadius shared_radius(const NeighborProblem& problem, const NeighborOptions& options) {
  return std::move(shared_radii(problem, std::span(&options.k, 1), options).front());
}

std::vector<SharedRadius> shared_radii(const NeighborProblem& problem, std::span<const int> ks,
                                       const NeighborOptions& options) {
  check(problem);
  check_ks(ks);
  const std::vector<bool> asked = asked_rows(problem);
  check_enough_neighbors(problem, asked, ks.back());
  auto order = order_by_cell(problem, asked);
  const std::vector<RowRange> cells = cells_of(problem, order);
  const bool in_space = problem.z.cols() <= kMostCrowdedCols;
  const AskedRows of_cells = asked_of(cells, order, asked);
  if (in_space) {
    for (const auto* ranges : {&of_cells.asked, &of_cells.others}) {
      order_in_space(problem.z, *ranges, order, options.threads);
    }
  }
  const PreparedLabels labels = prepared_labels(problem, order);
  const PreparedRows rows(problem.z, order, options.threads);
  const auto scanner = make_scanner(options.engine, rows);
  const auto radii =
      squared_radii({rows, *scanner, cells, of_cells.asked, labels.source, in_space}, ks, options.threads);
  const auto counts = count_within_radii({rows, *scanner, labels, radii, ks.size(), in_space}, options);
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[static_cast<std::size_t>(order[i])] = i;
  std::vector<SharedRadius> results(ks.size());
  for (const std::int64_t row : rows_asked(problem)) {
    const std::size_t first = place[static_cast<std::size_t>(row)] * ks.size();
    for (std::size_t r = 0; r < ks.size(); ++r) {
      results[r].squared_radius.push_back(radii[first + r]);
      results[r].counts.push_back(counts[first + r]);
    }
  }
  return results;
}

}  // namespace equinfo
