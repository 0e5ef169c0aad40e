#include "neighbors/radius_search.h"

#include <algorithm>
#include <limits>

#include "compute/parallel.h"
#include "core/error.h"
#include "neighbors/workspace_pool.h"

namespace equinfo {
namespace {

constexpr std::int64_t kTaskRows = 128;
constexpr std::int64_t kFirstCols = 256;  ///< few at first, while every column is a candidate
constexpr std::int64_t kCols = 1024;

/// Of one row, every neighbour that may still be among the k nearest.
class NearestCandidates {
 public:
  void restart() {
    found_.clear();
    limit_ = std::numeric_limits<float>::infinity();
  }
  void add(const PairCandidate& candidate) {
    if (candidate.low <= limit_) found_.push_back(candidate);
  }
  /// No neighbour with a `low` above this can be among the k nearest. +∞ until k have been seen.
  float limit() const { return limit_; }

  /// Lowers the limit to the k-th smallest upper bound and drops what lies above it.
  void prune(const PreparedRows& rows, int k, std::vector<double>& upper) {
    if (found_.size() < static_cast<std::size_t>(k)) return;
    upper.clear();
    for (const auto& c : found_) upper.push_back((c.low + rows.slack(c.i, c.j)));
    std::nth_element(upper.begin(), upper.begin() + (k - 1), upper.end());
    limit_ = std::min(limit_, float_not_below(upper[static_cast<std::size_t>(k - 1)]));
    std::erase_if(found_, [this](const PairCandidate& c) { return c.low > limit_; });
  }

  /// The k-th smallest exact D² for each of `ks`, ascending.
  void exact_kth(const PreparedRows& rows, std::span<const int> ks, std::vector<double>& exact, double* out) const {
    const auto last = static_cast<std::size_t>(ks.back());
    require(found_.size() >= last, "neighbors: k = {} but a row has only {} eligible neighbours", last, found_.size());
    exact.clear();
    std::size_t zeros = 0;
    for (const auto& c : found_) {
      exact.push_back(rows.exact_squared_distance(c.i, c.j));
      // Among many duplicates the answer is known early.
      if (exact.back() == 0 && ++zeros == last) return void(std::fill_n(out, ks.size(), 0.0));
    }
    auto sorted = exact.begin();
    for (const int k : ks) {
      const auto kth = exact.begin() + (k - 1);
      std::nth_element(sorted, kth, exact.end());
      *out++ = *kth;
      sorted = kth;
    }
  }

 private:
  std::vector<PairCandidate> found_;
  float limit_ = std::numeric_limits<float>::infinity();
};

struct Workspace {
  std::vector<NearestCandidates> nearest = std::vector<NearestCandidates>(kTaskRows);
  std::vector<float> row_limits = std::vector<float>(kTaskRows), scratch;
  std::vector<double> values;
  CandidateList candidates;
};

struct RowTask {
  CellRange cell;
  std::int64_t begin, end;
};

std::vector<RowTask> tasks_of(const std::vector<CellRange>& cells) {
  std::vector<RowTask> tasks;
  for (const CellRange& cell : cells) {
    for (std::int64_t row = cell.begin; row < cell.end; row += kTaskRows) {
      tasks.push_back({cell, row, std::min(row + kTaskRows, cell.end)});
    }
  }
  return tasks;
}

class RadiusSearch {
 public:
  RadiusSearch(const PreparedRows& rows, const PairScanner& scanner, std::span<const std::int32_t> source,
               std::span<const int> ks)
      : rows_(rows),
        scanner_(scanner),
        source_(source),
        ks_(ks),
        no_limit_(static_cast<std::size_t>(rows.padded_rows()), -std::numeric_limits<float>::infinity()) {}

  void run(const RowTask& task, Workspace& work, std::vector<double>& out) const {
    for (std::int64_t i = task.begin; i < task.end; ++i) of(work, task, i).restart();
    for (std::int64_t col = task.cell.begin; col < task.cell.end;) {
      const std::int64_t end = std::min(col + (col == task.cell.begin ? kFirstCols : kCols), task.cell.end);
      visit_columns(task, col, end, work);
      col = end;
    }
    for (std::int64_t i = task.begin; i < task.end; ++i) {
      of(work, task, i).exact_kth(rows_, ks_, work.values, &out[static_cast<std::size_t>(i) * ks_.size()]);
    }
  }

 private:
  static NearestCandidates& of(Workspace& work, const RowTask& task, std::int64_t row) {
    return work.nearest[static_cast<std::size_t>(row - task.begin)];
  }

  void visit_columns(const RowTask& task, std::int64_t begin, std::int64_t end, Workspace& work) const {
    for (std::int64_t i = task.begin; i < task.end; ++i) {
      work.row_limits[static_cast<std::size_t>(i - task.begin)] = of(work, task, i).limit();
    }
    work.candidates.size = 0;
    scanner_.scan({task.begin, task.end, begin, end, work.row_limits.data(), no_limit_.data()}, work.scratch,
                  work.candidates);
    for (std::size_t c = 0; c < work.candidates.size; ++c) {
      const PairCandidate& candidate = work.candidates.items[c];
      if (source_[static_cast<std::size_t>(candidate.i)] == source_[static_cast<std::size_t>(candidate.j)]) continue;
      of(work, task, candidate.i).add(candidate);
    }
    for (std::int64_t i = task.begin; i < task.end; ++i) of(work, task, i).prune(rows_, ks_.back(), work.values);
  }

  const PreparedRows& rows_;
  const PairScanner& scanner_;
  std::span<const std::int32_t> source_;
  std::span<const int> ks_;
  std::vector<float> no_limit_;
};

}  // namespace

std::vector<double> squared_radii(const PreparedRows& rows, const PairScanner& scanner,
                                  const std::vector<CellRange>& cells, std::span<const std::int32_t> source,
                                  std::span<const int> ks, int threads) {
  const std::vector<RowTask> tasks = tasks_of(cells);
  const RadiusSearch search(rows, scanner, source, ks);
  std::vector<double> radii(static_cast<std::size_t>(rows.rows()) * ks.size());
  WorkspacePool<Workspace> pool;
  parallel_for(static_cast<std::int64_t>(tasks.size()), threads, [&](std::int64_t i) {
    pool.with([] { return Workspace(); },
              [&](Workspace& work) { search.run(tasks[static_cast<std::size_t>(i)], work, radii); });
  });
  return radii;
}

}  // namespace equinfo
