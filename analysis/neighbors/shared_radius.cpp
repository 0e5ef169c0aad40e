#include "neighbors/shared_radius.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "compute/parallel.h"
#include "core/error.h"
#include "core/progress.h"
#include "neighbors/prepared_rows.h"
#include "neighbors/radius_search.h"
#include "neighbors/workspace_pool.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 512;

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

/// The labels in the prepared order: rows of one cell side by side.
struct SortedLabels {
  std::vector<std::int32_t> y, t, source;
  std::vector<CellRange> cells;
};

std::vector<std::int32_t> order_by_cell(const NeighborProblem& problem) {
  std::vector<std::int32_t> order(problem.y.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
    return problem.y[i] != problem.y[j] ? problem.y[i] < problem.y[j] : problem.t[i] < problem.t[j];
  });
  return order;
}

SortedLabels sorted_labels(const NeighborProblem& problem, const std::vector<std::int32_t>& order) {
  SortedLabels sorted;
  for (const std::int32_t row : order) {
    const auto i = static_cast<std::size_t>(row);
    const auto here = static_cast<std::int64_t>(sorted.y.size());
    if (here == 0 || sorted.y.back() != problem.y[i] || sorted.t.back() != problem.t[i]) {
      sorted.cells.push_back({here, here});
    }
    ++sorted.cells.back().end;
    sorted.y.push_back(problem.y[i]);
    sorted.t.push_back(problem.t[i]);
    sorted.source.push_back(problem.source.empty() ? row : problem.source[i]);
  }
  return sorted;
}

struct Workspace {
  std::vector<LabelCounts> counts;
  std::vector<float> scratch;
  CandidateList candidates;
};

/// Counts, for all rows, the rows within each of their radii; each pair of rows is looked at once and serves both.
class RadiusCount {
 public:
  /// `squared_radii` [N · radii], ascending for each row.
  RadiusCount(const PreparedRows& rows, const PairScanner& scanner, const SortedLabels& labels,
              const std::vector<double>& squared_radii, std::size_t radii)
      : rows_(rows),
        scanner_(scanner),
        labels_(labels),
        radii_(radii),
        exact_radius_(squared_radii),
        scaled_radius_(squared_radii),
        limit_(static_cast<std::size_t>(rows.padded_rows()), -std::numeric_limits<float>::infinity()) {
    for (double& radius : scaled_radius_) radius *= rows.squared_scale();
    for (std::size_t i = 0; i < squared_radii.size() / radii; ++i) {
      limit_[i] = float_not_below(scaled_radius_[(i + 1) * radii - 1]);
    }
  }

  void count_blocks(std::int64_t row_block, std::int64_t col_block, Workspace& work) const {
    const std::int64_t row = row_block * kBlockRows, col = col_block * kBlockRows;
    work.candidates.size = 0;
    scanner_.scan({row, std::min(row + kBlockRows, rows_.rows()), col, std::min(col + kBlockRows, rows_.rows()),
                   limit_.data() + row, limit_.data()},
                  work.scratch, work.candidates);
    for (std::size_t c = 0; c < work.candidates.size; ++c) {
      const PairCandidate& pair = work.candidates.items[c];
      const auto i = static_cast<std::size_t>(pair.i), j = static_cast<std::size_t>(pair.j);
      // A block against itself holds every pair twice.
      if (pair.i < pair.j && labels_.source[i] != labels_.source[j]) count_pair(pair, i, j, work.counts);
    }
  }

 private:
  void count_pair(const PairCandidate& pair, std::size_t i, std::size_t j, std::vector<LabelCounts>& counts) const {
    const double upper = pair.low + rows_.slack(pair.i, pair.j);
    std::optional<double> exact;
    const auto within = [&](std::size_t radius) {
      if (pair.low > scaled_radius_[radius]) return false;
      if (upper <= scaled_radius_[radius]) return true;
      if (!exact) exact = rows_.exact_squared_distance(pair.i, pair.j);
      return *exact <= exact_radius_[radius];
    };
    const std::int32_t same_y = labels_.y[i] == labels_.y[j], same_t = labels_.t[i] == labels_.t[j];
    for (const std::size_t row : {i, j}) {
      // From the largest radius down: what is outside it is outside the others.
      for (std::size_t radius = (row + 1) * radii_; radius > row * radii_ && within(radius - 1); --radius) {
        LabelCounts& count = counts[radius - 1];
        count.yt += same_y & same_t;
        count.y += same_y;
        count.t += same_t;
        ++count.all;
      }
    }
  }

  const PreparedRows& rows_;
  const PairScanner& scanner_;
  const SortedLabels& labels_;
  std::size_t radii_;                        ///< of each row
  const std::vector<double>& exact_radius_;  ///< original unit
  std::vector<double> scaled_radius_;        ///< unit of the scan; squares of a power of two, so still exact
  std::vector<float> limit_;
};

std::vector<LabelCounts> count_all(const RadiusCount& count, std::int64_t rows, std::size_t radii,
                                   const NeighborOptions& options) {
  std::vector<std::pair<std::int32_t, std::int32_t>> blocks;
  for (std::int32_t i = 0; i * kBlockRows < rows; ++i) {
    for (std::int32_t j = i; j * kBlockRows < rows; ++j) blocks.emplace_back(i, j);
  }
  std::optional<Progress> progress;
  if (options.show_progress) progress.emplace("neighbours", static_cast<std::int64_t>(blocks.size()), "tiles");
  WorkspacePool<Workspace> pool;
  const std::size_t counters = static_cast<std::size_t>(rows) * radii;
  const auto make = [&] { return Workspace{std::vector<LabelCounts>(counters), {}, {}}; };
  parallel_for(static_cast<std::int64_t>(blocks.size()), options.threads, [&](std::int64_t b) {
    const auto [i, j] = blocks[static_cast<std::size_t>(b)];
    pool.with(make, [&, i = i, j = j](Workspace& work) { count.count_blocks(i, j, work); });
    if (progress) progress->advance();
  });
  std::vector<LabelCounts> total(counters);
  pool.for_each([&](const Workspace& work) {
    for (std::size_t i = 0; i < total.size(); ++i) {
      total[i].yt += work.counts[i].yt;
      total[i].y += work.counts[i].y;
      total[i].t += work.counts[i].t;
      total[i].all += work.counts[i].all;
    }
  });
  return total;
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
  const auto order = order_by_cell(problem);
  const SortedLabels labels = sorted_labels(problem, order);
  const PreparedRows rows(problem.z, order, options.threads);
  const auto scanner = make_scanner(options.engine, rows);
  const auto radii = squared_radii(rows, *scanner, labels.cells, labels.source, ks, options.threads);
  const auto counts = count_all(RadiusCount(rows, *scanner, labels, radii, ks.size()), rows.rows(), ks.size(), options);
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
