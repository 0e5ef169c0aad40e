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

void check_enough_neighbors(const NeighborProblem& problem, int k) {
  const std::vector<LabelCounts> eligible = eligible_rows(problem);
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    require(eligible[i].yt >= k,
            "neighbors: k = {} but row {}, of class {} with transformation {}, has only {} eligible "
            "neighbours",
            k, i, problem.y[i], problem.t[i], eligible[i].yt);
  }
}

std::vector<std::int32_t> order_by_cell(const NeighborProblem& problem) {
  std::vector<std::int32_t> order(problem.y.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
    return problem.y[i] != problem.y[j] ? problem.y[i] < problem.y[j] : problem.t[i] < problem.t[j];
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
  check_enough_neighbors(problem, ks.back());
  auto order = order_by_cell(problem);
  const std::vector<RowRange> cells = cells_of(problem, order);
  const bool in_space = problem.z.cols() <= kMostCrowdedCols;
  if (in_space) order_in_space(problem.z, cells, order, options.threads);
  const PreparedLabels labels = prepared_labels(problem, order);
  const PreparedRows rows(problem.z, order, options.threads);
  const auto scanner = make_scanner(options.engine, rows);
  const auto radii = squared_radii({rows, *scanner, cells, labels.source, in_space}, ks, options.threads);
  const auto counts = count_within_radii({rows, *scanner, labels, radii, ks.size(), in_space}, options);
  std::vector<SharedRadius> results(ks.size(),
                                    {std::vector<double>(order.size()), std::vector<LabelCounts>(order.size())});
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto row = static_cast<std::size_t>(order[i]);
    for (std::size_t r = 0; r < ks.size(); ++r) {
      results[r].squared_radius[row] = radii[i * ks.size() + r];
      results[r].counts[row] = counts[i * ks.size() + r];
    }
  }
  return results;
}

}  // namespace equinfo
