#include "neighbors/radius_search.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>

#include "compute/parallel.h"
#include "compute/team.h"
#include "neighbors/device_search.h"
#include "neighbors/nearest_candidates.h"
#include "neighbors/sampled_limits.h"
#include "neighbors/workspace_pool.h"

namespace equinfo {
namespace {

constexpr std::int64_t kTaskRows = 64;
constexpr std::int64_t kFirstCols = 64;  ///< few at first, while every column is a candidate; then twice as many …
constexpr std::int64_t kMostCols = 1024;
constexpr std::int64_t kBoxRows = PreparedRows::kPadding;

struct Workspace {
  std::vector<NearestCandidates> nearest = std::vector<NearestCandidates>(kTaskRows);
  std::vector<float> row_limits = std::vector<float>(kTaskRows), guesses = row_limits, scratch;
  std::vector<char> settled = std::vector<char>(kTaskRows);  ///< rows that are looked at no longer
  SampledLimits sampled;
  NearestScratch nearest_scratch;
  CandidateList candidates;
};

struct RowTask {
  RowRange cell, rows;
};

std::vector<RowTask> tasks_of(const RadiusSpace& space) {
  std::vector<RowTask> tasks;
  for (std::size_t c = 0; c < space.cells.size(); ++c) {
    const RowRange& asked = space.asked[c];
    // From multiples on, as engines look at whole panels.
    for (std::int64_t row = asked.begin; row < asked.end;) {
      const std::int64_t end = std::min((row / kTaskRows + 1) * kTaskRows, asked.end);
      tasks.push_back({space.cells[c], {row, end}});
      row = end;
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
  /// Of a task; past the last one, the end of all rows.
  std::int64_t first_row(std::int64_t task) const {
    return task < tasks() ? tasks_[static_cast<std::size_t>(task)].rows.begin : space_.rows.rows();
  }
  /// The task of a row that is asked about.
  std::int64_t task_of(std::int64_t row) const {
    const auto after = std::ranges::upper_bound(tasks_, row, {}, [](const RowTask& task) { return task.rows.begin; });
    return after - tasks_.begin() - 1;
  }

  /// From the task's own rows on to the cell's end, then from its beginning: where rows are ordered in space, near ones
  /// come first.
  void run(std::int64_t task, Workspace& work, std::vector<double>& out) const {
    const auto& [cell, rows] = tasks_[static_cast<std::size_t>(task)];
    work.settled.assign(kTaskRows, 0);
    if (!settled_by_guesses(task, work)) {
      for (std::int64_t i = rows.begin; i < rows.end; ++i) {
        if (work.settled[static_cast<std::size_t>(i - rows.begin)] == 0) of(work, rows, i).restart(i);
      }
      visit_cell(task, kFirstCols, work);
    }
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      of(work, rows, i)
          .exact_kth(space_.rows, ks_, work.nearest_scratch, &out[static_cast<std::size_t>(i) * ks_.size()]);
    }
  }

 private:
  /// Goes through the cell with guessed limits if that pays; whether all of the task's rows are settled thereby.
  bool settled_by_guesses(std::int64_t task, Workspace& work) const {
    const auto& [cell, rows] = tasks_[static_cast<std::size_t>(task)];
    const auto k = static_cast<std::size_t>(ks_.back());
    if (space_.ordered_in_space || !SampledLimits::pay(space_.rows, cell, k)) return false;
    work.sampled.guess(space_.rows, rows, cell, k, work.guesses);
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      of(work, rows, i).restart(i, work.guesses[static_cast<std::size_t>(i - rows.begin)]);
    }
    visit_cell(task, kMostCols, work);
    bool all = true;
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      const bool settled = of(work, rows, i).is_settled(space_.rows, k);
      work.settled[static_cast<std::size_t>(i - rows.begin)] = settled ? 1 : 0;
      all = all && settled;
    }
    return all;
  }

  /// In pieces of `width` columns, then twice as many …
  void visit_cell(std::int64_t task, std::int64_t width, Workspace& work) const {
    const auto& [cell, rows] = tasks_[static_cast<std::size_t>(task)];
    for (const RowRange& part : {RowRange{rows.begin, cell.end}, RowRange{cell.begin, rows.begin}}) {
      for (std::int64_t col = part.begin; col < part.end;) {
        const std::int64_t end = std::min(col + width, part.end);
        visit_columns(task, {col, end}, work);
        col = end;
        width = std::min(2 * width, kMostCols);
      }
    }
  }

  static NearestCandidates& of(Workspace& work, const RowRange& rows, std::int64_t row) {
    return work.nearest[static_cast<std::size_t>(row - rows.begin)];
  }

  void visit_columns(std::int64_t task, const RowRange& cols, Workspace& work) const {
    const RowRange& rows = tasks_[static_cast<std::size_t>(task)].rows;
    float most = -std::numeric_limits<float>::infinity();
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      const auto row = static_cast<std::size_t>(i - rows.begin);
      const float limit = work.settled[row] != 0 ? -std::numeric_limits<float>::infinity() : of(work, rows, i).limit();
      work.row_limits[row] = limit;
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
    for (std::int64_t i = rows.begin; i < rows.end; ++i) of(work, rows, i).prune_if_many(space_.rows, k);
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

void run_tasks(const RadiusSearch& search, std::span<const std::int64_t> tasks, int threads,
               std::vector<double>& radii) {
  WorkspacePool<Workspace> pool;
  parallel_for(std::ssize(tasks), threads, [&](std::int64_t i) {
    pool.with([] { return Workspace(); },
              [&](Workspace& work) { search.run(tasks[static_cast<std::size_t>(i)], work, radii); });
  });
}

/// Returns the rows of those tasks, whose radii are then there.
RowRange search_by_tasks(const RadiusSearch& search, const Share& own, int threads, std::vector<double>& radii) {
  std::vector<std::int64_t> tasks(static_cast<std::size_t>(own.end - own.begin));
  std::iota(tasks.begin(), tasks.end(), own.begin);
  run_tasks(search, tasks, threads, radii);
  return {search.first_row(own.begin), search.first_row(own.end)};
}

/// The same, and on the processor the rows that the device could not settle.
RowRange search_by_device(const RadiusSpace& space, std::span<const int> ks, const RadiusSearch& search, int threads,
                          std::vector<double>& radii) {
  const DeviceSearch found = search_on_device(space, ks, threads, radii);
  std::vector<std::int64_t> tasks;
  for (const std::int64_t row : found.unsettled) {
    if (tasks.empty() || search.first_row(tasks.back() + 1) <= row) tasks.push_back(search.task_of(row));
  }
  run_tasks(search, tasks, threads, radii);
  return found.own;
}

/// Gives all ranks the radii of all rows that are asked about.
void gather_radii(std::span<const RowRange> asked, const RowRange& own, std::size_t of_row,
                  std::vector<double>& radii) {
  const auto for_asked = [&](const RowRange& rows, const auto& use) {
    for (const RowRange& range : asked) {
      const std::int64_t begin = std::max(range.begin, rows.begin), end = std::min(range.end, rows.end);
      const std::size_t first = static_cast<std::size_t>(begin) * of_row;
      if (begin < end) use(std::span(radii).subspan(first, static_cast<std::size_t>(end) * of_row - first));
    }
  };
  std::vector<double> found;
  for_asked(own, [&](std::span<double> part) { found.insert(found.end(), part.begin(), part.end()); });
  const auto gathered = gather_over_team(std::as_bytes(std::span(found)));
  auto of_rank = gathered.begin();
  std::size_t taken = 0;
  for_asked({0, std::numeric_limits<std::int64_t>::max()}, [&](std::span<double> part) {
    for (double& radius : part) {
      for (; taken == of_rank->size(); ++of_rank) taken = 0;
      std::memcpy(&radius, of_rank->data() + taken, sizeof(radius));
      taken += sizeof(radius);
    }
  });
}

std::vector<double> no_radii(const RadiusSpace& space, std::size_t of_row) {
  return std::vector(static_cast<std::size_t>(space.rows.rows()) * of_row, -std::numeric_limits<double>::infinity());
}

}  // namespace

std::vector<double> squared_radii_alone(const RadiusSpace& space, std::span<const int> ks, int threads) {
  const RadiusSearch search(space, ks, threads);
  std::vector<double> radii = no_radii(space, ks.size());
  search_by_tasks(search, {0, search.tasks()}, threads, radii);
  return radii;
}

std::vector<double> squared_radii(const RadiusSpace& space, std::span<const int> ks, int threads) {
  const RadiusSearch search(space, ks, threads);
  std::vector<double> radii = no_radii(space, ks.size());
  const RowRange own = space.device != nullptr ? search_by_device(space, ks, search, threads, radii)
                                               : search_by_tasks(search, own_share(search.tasks()), threads, radii);
  if (work_is_shared()) gather_radii(space.asked, own, ks.size(), radii);
  return radii;
}

}  // namespace equinfo
