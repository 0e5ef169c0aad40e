#include "neighbors/radius_count.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "compute/parallel.h"
#include "compute/team.h"
#include "core/progress.h"
#include "neighbors/device_count.h"
#include "neighbors/pair_counter.h"
#include "neighbors/workspace_pool.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 512;
constexpr std::int64_t kBoxRows = PreparedRows::kPadding;
/// Of many blocks, so many times as many pairs are one task: what is known of their rows stays in the second cache.
constexpr std::int64_t kSquareBlocks = 4;
constexpr std::int64_t kManyBlocks = 64;
constexpr std::int64_t kSamples = 1024;    ///< pairs of small boxes looked at to see whether they tell enough
constexpr std::int64_t kWorthwhile = 256;  ///< so many of these have to be apart

struct Workspace {
  explicit Workspace(const PairCounter& counter) : counts(counter.places()) {}

  std::vector<PackedCounts> counts;
  std::vector<float> scratch;
  CandidateList candidates;
};

/// Boxes of equal ranges of rows with the largest limit of a row in each.
struct LimitedBoxes {
  RowBoxes boxes;
  std::vector<float> limit;

  LimitedBoxes(const PreparedRows& rows, std::int64_t size, const std::vector<float>& limits, int threads)
      : boxes(rows, equal_ranges(rows.rows(), size), threads) {
    for (std::int64_t first = 0; first < rows.rows(); first += size) {
      const auto begin = limits.begin() + first;
      limit.push_back(*std::max_element(begin, begin + std::min(size, rows.rows() - first)));
    }
  }

  /// Whether no row of a reaches one of b, nor the other way round.
  bool apart(std::int64_t a, const LimitedBoxes& others, std::int64_t b) const {
    const float reach = std::max(limit[static_cast<std::size_t>(a)], others.limit[static_cast<std::size_t>(b)]);
    return boxes.nearest(a, others.boxes, b) > reach;
  }
};

/// The tiles of pairs, and which of them need no looking at.
class TileScan {
 public:
  TileScan(const CountSpace& space, const PairCounter& counter, int threads)
      : space_(space), counter_(counter), limit_(counter.limits()) {
    if (!space.ordered_in_space) return;
    blocks_.emplace(space.rows, kBlockRows, limit_, threads);
    panels_.emplace(space.rows, kBoxRows, limit_, threads);
    if (!panels_tell()) panels_.reset();
  }

  /// Adds the pairs of two squares of blocks, the first of which is not behind the second.
  void count_squares(std::int64_t rows, std::int64_t cols, std::int64_t size, Workspace& work) const {
    const std::int64_t blocks = (space_.rows.rows() + kBlockRows - 1) / kBlockRows;
    for (std::int64_t i = rows * size; i < std::min((rows + 1) * size, blocks); ++i) {
      for (std::int64_t j = std::max(i, cols * size); j < std::min((cols + 1) * size, blocks); ++j) {
        count_blocks(i, j, work);
      }
    }
  }

 private:
  /// Adds the pairs of two blocks to the workspace's counts.
  void count_blocks(std::int64_t row_block, std::int64_t col_block, Workspace& work) const {
    if (!asked(row_block) && !asked(col_block)) return;
    if (blocks_ && blocks_->apart(row_block, *blocks_, col_block)) return;
    const RowRange rows = block(row_block), cols = block(col_block);
    work.candidates.size = 0;
    if (panels_) {
      scan_near(rows, cols, col_block, work);
    } else {
      scan(rows, cols, work);
    }
    counter_.count(work.candidates, work.counts);
  }

  bool panels_tell() const {
    const std::int64_t count = panels_->boxes.count();
    std::int64_t apart = 0;
    for (std::int64_t s = 0; s < kSamples; ++s) apart += panels_->apart(s * 7919 % count, *panels_, s * 104729 % count);
    return apart >= kWorthwhile;
  }

  /// Whether a block has a row that is asked about.
  bool asked(std::int64_t index) const {
    const RowRange rows = block(index);
    return std::any_of(limit_.begin() + rows.begin, limit_.begin() + rows.end,
                       [](float limit) { return limit > -std::numeric_limits<float>::infinity(); });
  }

  RowRange block(std::int64_t index) const {
    return {index * kBlockRows, std::min((index + 1) * kBlockRows, space_.rows.rows())};
  }

  void scan(const RowRange& rows, const RowRange& cols, Workspace& work) const {
    space_.scanner.scan({rows.begin, rows.end, cols.begin, cols.end, limit_.data() + rows.begin, limit_.data()},
                        work.scratch, work.candidates);
  }

  /// Panel by panel of the rows, the columns that are not too far away.
  void scan_near(const RowRange& rows, const RowRange& cols, std::int64_t col_block, Workspace& work) const {
    for (std::int64_t a = rows.begin / kBoxRows; a * kBoxRows < rows.end; ++a) {
      if (panels_->apart(a, *blocks_, col_block)) continue;
      const RowRange own{a * kBoxRows, std::min((a + 1) * kBoxRows, rows.end)};
      RowRange run{cols.begin, cols.begin};
      for (std::int64_t b = cols.begin / kBoxRows; b * kBoxRows < cols.end; ++b) {
        const std::int64_t end = std::min((b + 1) * kBoxRows, cols.end);
        if (!panels_->apart(a, *panels_, b)) {
          run.end = end;
          continue;
        }
        if (run.begin < run.end) scan(own, run, work);
        run = {end, end};
      }
      if (run.begin < run.end) scan(own, run, work);
    }
  }

  const CountSpace& space_;
  const PairCounter& counter_;
  const std::vector<float>& limit_;
  std::optional<LimitedBoxes> blocks_, panels_;
};

/// Pair number `index` of the pairs i ≤ j of squares: (0, 0), (0, 1) … (1, 1), (1, 2) …
std::pair<std::int64_t, std::int64_t> square_pair(std::int64_t index, std::int64_t squares) {
  const auto before = [&](std::int64_t i) { return i * squares - i * (i - 1) / 2; };
  const double b = static_cast<double>(squares) + 0.5;
  auto i = static_cast<std::int64_t>(b - std::sqrt(std::max(0.0, b * b - 2.0 * static_cast<double>(index))));
  while (i > 0 && before(i) > index) --i;
  while (before(i + 1) <= index) ++i;
  return {i, i + index - before(i)};
}

using Workspaces = WorkspacePool<Workspace>;

/// The processor's part: all pairs of blocks, or this rank's.
void count_by_tiles(const CountSpace& space, const PairCounter& counter, const NeighborOptions& options,
                    Workspaces& pool) {
  const TileScan scan(space, counter, options.threads);
  const bool shared = work_is_shared();
  const std::int64_t ranks = shared ? team_size() : 1, rank = shared ? team_rank() : 0;
  const std::int64_t blocks = (space.rows.rows() + kBlockRows - 1) / kBlockRows;
  const std::int64_t size = blocks >= kManyBlocks ? kSquareBlocks : 1, squares = (blocks + size - 1) / size;
  const std::int64_t own_pairs = (squares * (squares + 1) / 2 - rank + ranks - 1) / ranks;
  std::optional<Progress> progress;
  if (options.show_progress) progress.emplace("neighbours", own_pairs, "tiles");
  parallel_for(own_pairs, options.threads, [&](std::int64_t own) {
    const auto [i, j] = square_pair(rank + own * ranks, squares);
    pool.with([&] { return Workspace{counter}; },
              [&, i = i, j = j](Workspace& work) { scan.count_squares(i, j, size, work); });
    if (progress) progress->advance();
  });
}

/// The device's part: what it has counted, and the pairs that it leaves open.
std::vector<PackedCounts> count_by_device(const CountSpace& space, const PairCounter& counter,
                                          const NeighborOptions& options, Workspaces& pool) {
  constexpr std::int64_t kPairs = 4096;
  return count_on_device(space, counter, options.show_progress, [&](std::span<const device::OpenPair> open) {
    const auto count = static_cast<std::int64_t>(open.size());
    parallel_for((count + kPairs - 1) / kPairs, options.threads, [&](std::int64_t part) {
      const auto first = static_cast<std::size_t>(part * kPairs);
      const auto own = open.subspan(first, std::min<std::size_t>(kPairs, open.size() - first));
      pool.with([&] { return Workspace{counter}; },
                [&](Workspace& work) {
                  work.candidates.size = 0;
                  work.candidates.make_room(own.size());
                  for (const device::OpenPair& pair : own) work.candidates.add({pair.i, pair.j, pair.low});
                  counter.count(work.candidates, work.counts);
                });
    });
  });
}

/// Of several ranks, the sums of their counts. Those of the rows that are asked about are side by side meanwhile.
void sum_over_ranks(std::span<const double> squared_radii, std::vector<LabelCounts>& total) {
  static_assert(sizeof(LabelCounts) == 4 * sizeof(std::int32_t));
  const auto asked = [&](std::size_t i) { return squared_radii[i] >= 0.0; };
  std::size_t count = 0;
  for (std::size_t i = 0; i < total.size(); ++i) {
    if (asked(i)) total[count++] = total[i];
  }
  sum_over_team({&total.data()->yt, 4 * count});
  for (std::size_t i = total.size(); i-- > 0;) total[i] = asked(i) ? total[--count] : LabelCounts{};
}

}  // namespace

std::vector<LabelCounts> count_within_radii(const CountSpace& space, const NeighborOptions& options) {
  const PairCounter counter(space, options.threads);
  const std::size_t radii = space.radii;
  Workspaces pool;
  std::vector<LabelCounts> total(space.squared_radii.size());
  if (space.device != nullptr) {
    const auto counts = count_by_device(space, counter, options, pool);
    for (std::size_t i = 0; i < total.size(); ++i) add(total[i], unpacked(counts[i]));
  } else {
    count_by_tiles(space, counter, options, pool);
  }
  pool.for_each([&](const Workspace& work) {
    parallel_for_blocks(space.rows.rows(), options.threads, [&](std::int64_t begin, std::int64_t end) {
      for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end); ++row) {
        for (std::size_t r = 0; r < radii; ++r) {
          add(total[row * radii + r], unpacked(work.counts[row * (radii + 1) + r]));
        }
      }
    });
  });
  if (work_is_shared()) sum_over_ranks(space.squared_radii, total);
  parallel_for_blocks(space.rows.rows(), options.threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end); ++row) {
      for (std::size_t r = 1; r < radii; ++r) add(total[row * radii + r], total[row * radii + r - 1]);
    }
  });
  return total;
}

}  // namespace equinfo
