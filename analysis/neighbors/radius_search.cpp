#include "neighbors/radius_search.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "compute/parallel.h"
#include "compute/team.h"
#include "core/error.h"
#include "neighbors/workspace_pool.h"

namespace equinfo {
namespace {

constexpr std::int64_t kTaskRows = 64;
constexpr std::int64_t kFirstCols = 64;  ///< few at first, while every column is a candidate; then twice as many …
constexpr std::int64_t kMostCols = 1024;
constexpr std::int64_t kBoxRows = PreparedRows::kPadding;
constexpr std::size_t kSpare = 32;

/// A neighbour by its distance, and its row.
struct ByDistance {
  double squared;
  std::int32_t row;
};

/// Of one row, every neighbour that may still be among the k nearest.
class NearestCandidates {
 public:
  void restart(std::int64_t row) {
    row_ = row;
    found_.clear();
    limit_ = std::numeric_limits<float>::infinity();
  }
  void add(std::int32_t j, float low) {
    if (low <= limit_) found_.push_back({low, j});
  }
  /// No neighbour with a `low` above this can be among the k nearest. +∞ until k have been seen.
  float limit() const { return limit_; }

  /// Prunes once there is something to gain.
  void prune_if_many(const PreparedRows& rows, std::size_t k, std::vector<double>& upper) {
    const bool many = found_.size() >= 2 * k + kSpare;
    if (many || (found_.size() >= k && limit_ == std::numeric_limits<float>::infinity())) prune(rows, k, upper);
  }

  /// The k-th smallest exact D² for each of `ks`, ascending.
  void exact_kth(const PreparedRows& rows, std::span<const int> ks, std::vector<double>& scratch,
                 std::vector<ByDistance>& close, double* out) {
    const auto last = static_cast<std::size_t>(ks.back());
    require(found_.size() >= last, "neighbors: k = {} but a row has only {} eligible neighbours", last, found_.size());
    prune(rows, last, scratch);
    close.clear();
    std::size_t zeros = 0;
    for (const Found& found : found_) {
      close.push_back({rows.close_squared_distance(row_, found.j), found.j});
      // Among many duplicates the answer is known early.
      if (close.back().squared == 0 && ++zeros == last) return void(std::fill_n(out, ks.size(), 0.0));
    }
    std::ranges::sort(close, {}, &ByDistance::squared);
    for (const int k : ks) *out++ = exact_of_rank(rows, static_cast<std::size_t>(k - 1), close, scratch);
  }

 private:
  struct Found {
    float low;
    std::int32_t j;
  };

  /// Lowers the limit to the k-th smallest upper bound and drops what lies above it. There are k at least.
  void prune(const PreparedRows& rows, std::size_t k, std::vector<double>& upper) {
    upper.clear();
    for (const Found& found : found_) upper.push_back(found.low + rows.slack(row_, found.j));
    std::nth_element(upper.begin(), upper.begin() + static_cast<std::ptrdiff_t>(k - 1), upper.end());
    limit_ = std::min(limit_, float_not_below(upper[k - 1]));
    std::erase_if(found_, [this](const Found& found) { return found.low > limit_; });
  }

  /// The exact D² of a rank: those whose close D² is about that rank's own are the only ones that can have it.
  double exact_of_rank(const PreparedRows& rows, std::size_t rank, const std::vector<ByDistance>& close,
                       std::vector<double>& exact) const {
    const double about = close[rank].squared, reach = 4 * rows.close_factor();
    std::size_t first = rank, end = rank;
    while (first > 0 && close[first - 1].squared >= about * (1 - reach)) --first;
    while (end < close.size() && close[end].squared <= about * (1 + reach)) ++end;
    exact.clear();
    for (std::size_t c = first; c < end; ++c) exact.push_back(rows.exact_squared_distance(row_, close[c].row));
    const auto place = exact.begin() + static_cast<std::ptrdiff_t>(rank - first);
    std::nth_element(exact.begin(), place, exact.end());
    return *place;
  }

  std::int64_t row_ = 0;
  std::vector<Found> found_;
  float limit_ = std::numeric_limits<float>::infinity();
};

struct Workspace {
  std::vector<NearestCandidates> nearest = std::vector<NearestCandidates>(kTaskRows);
  std::vector<float> row_limits = std::vector<float>(kTaskRows), scratch;
  std::vector<double> values;
  std::vector<ByDistance> close;
  CandidateList candidates;
};

struct RowTask {
  RowRange cell, rows;
};

std::vector<RowTask> tasks_of(const RadiusSpace& space) {
  std::vector<RowTask> tasks;
  for (std::size_t c = 0; c < space.cells.size(); ++c) {
    const RowRange& asked = space.asked[c];
    for (std::int64_t row = asked.begin; row < asked.end; row += kTaskRows) {
      tasks.push_back({space.cells[c], {row, std::min(row + kTaskRows, asked.end)}});
    }
  }
  return tasks;
}

class RadiusSearch {
 public:
  RadiusSearch(const RadiusSpace& space, std::span<const int> ks, int threads)
      : space_(space),
        ks_(ks),
        tasks_(tasks_of(space)),
        no_limit_(static_cast<std::size_t>(space.rows.padded_rows()), -std::numeric_limits<float>::infinity()) {
    if (!space.ordered_in_space) return;
    std::vector<RowRange> of_tasks;
    for (const RowTask& task : tasks_) of_tasks.push_back(task.rows);
    task_boxes_.emplace(space.rows, of_tasks, threads);
    boxes_.emplace(space.rows, equal_ranges(space.rows.rows(), kBoxRows), threads);
  }

  std::int64_t tasks() const { return static_cast<std::int64_t>(tasks_.size()); }
  /// Where the radii of a task's rows begin.
  std::size_t place(std::int64_t task) const {
    const std::int64_t row = task < tasks() ? tasks_[static_cast<std::size_t>(task)].rows.begin : space_.rows.rows();
    return static_cast<std::size_t>(row) * ks_.size();
  }

  /// From the task's own rows on to the cell's end, then from its beginning: where rows are ordered in space, near ones
  /// come first.
  void run(std::int64_t task, Workspace& work, std::vector<double>& out) const {
    const auto& [cell, rows] = tasks_[static_cast<std::size_t>(task)];
    for (std::int64_t i = rows.begin; i < rows.end; ++i) of(work, rows, i).restart(i);
    std::int64_t width = kFirstCols;
    for (const RowRange& part : {RowRange{rows.begin, cell.end}, RowRange{cell.begin, rows.begin}}) {
      for (std::int64_t col = part.begin; col < part.end;) {
        const std::int64_t end = std::min(col + width, part.end);
        visit_columns(task, {col, end}, work);
        col = end;
        width = std::min(2 * width, kMostCols);
      }
    }
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      of(work, rows, i)
          .exact_kth(space_.rows, ks_, work.values, work.close, &out[static_cast<std::size_t>(i) * ks_.size()]);
    }
  }

 private:
  static NearestCandidates& of(Workspace& work, const RowRange& rows, std::int64_t row) {
    return work.nearest[static_cast<std::size_t>(row - rows.begin)];
  }

  void visit_columns(std::int64_t task, const RowRange& cols, Workspace& work) const {
    const RowRange& rows = tasks_[static_cast<std::size_t>(task)].rows;
    float most = -std::numeric_limits<float>::infinity();
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      const float limit = of(work, rows, i).limit();
      work.row_limits[static_cast<std::size_t>(i - rows.begin)] = limit;
      most = std::max(most, limit);
    }
    work.candidates.size = 0;
    if (boxes_) {
      scan_near(task, cols, most, work);
    } else {
      scan(rows, cols, work);
    }
    for (std::size_t c = 0; c < work.candidates.size; ++c) {
      const PairCandidate candidate = work.candidates[c];
      const auto i = static_cast<std::size_t>(candidate.i), j = static_cast<std::size_t>(candidate.j);
      if (space_.source[i] != space_.source[j]) of(work, rows, candidate.i).add(candidate.j, candidate.low);
    }
    const auto k = static_cast<std::size_t>(ks_.back());
    for (std::int64_t i = rows.begin; i < rows.end; ++i) of(work, rows, i).prune_if_many(space_.rows, k, work.values);
  }

  /// Those columns alone whose boxes are not too far away.
  void scan_near(std::int64_t task, const RowRange& cols, float limit, Workspace& work) const {
    RowRange run{cols.begin, cols.begin};
    for (std::int64_t box = cols.begin / kBoxRows; box * kBoxRows < cols.end; ++box) {
      const std::int64_t end = std::min((box + 1) * kBoxRows, cols.end);
      if (task_boxes_->nearest(task, *boxes_, box) <= limit) {
        run.end = end;
        continue;
      }
      if (run.begin < run.end) scan(tasks_[static_cast<std::size_t>(task)].rows, run, work);
      run = {end, end};
    }
    if (run.begin < run.end) scan(tasks_[static_cast<std::size_t>(task)].rows, run, work);
  }

  void scan(const RowRange& rows, const RowRange& cols, Workspace& work) const {
    space_.scanner.scan({rows.begin, rows.end, cols.begin, cols.end, work.row_limits.data(), no_limit_.data()},
                        work.scratch, work.candidates);
  }

  const RadiusSpace& space_;
  std::span<const int> ks_;
  std::vector<RowTask> tasks_;
  std::vector<float> no_limit_;
  std::optional<RowBoxes> task_boxes_, boxes_;
};

}  // namespace

std::vector<double> squared_radii(const RadiusSpace& space, std::span<const int> ks, int threads) {
  const RadiusSearch search(space, ks, threads);
  std::vector<double> radii(static_cast<std::size_t>(space.rows.rows()) * ks.size(),
                            -std::numeric_limits<double>::infinity());
  const Share own = own_share(search.tasks());
  WorkspacePool<Workspace> pool;
  parallel_for(own.end - own.begin, threads, [&](std::int64_t i) {
    pool.with([] { return Workspace(); }, [&](Workspace& work) { search.run(own.begin + i, work, radii); });
  });
  if (work_is_shared()) {
    const std::size_t first = search.place(own.begin), end = search.place(own.end);
    auto place = reinterpret_cast<std::byte*>(radii.data() + search.place(0));
    for (const auto& of_rank : gather_over_team(std::as_bytes(std::span(radii).subspan(first, end - first)))) {
      place = std::ranges::copy(of_rank, place).out;
    }
  }
  return radii;
}

}  // namespace equinfo
