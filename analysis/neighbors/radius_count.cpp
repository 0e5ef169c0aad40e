#include "neighbors/radius_count.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "compute/parallel.h"
#include "compute/team.h"
#include "core/progress.h"
#include "neighbors/workspace_pool.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 512;
constexpr std::int64_t kBoxRows = PreparedRows::kPadding;
constexpr std::int64_t kSamples = 1024;    ///< pairs of small boxes looked at to see whether they tell enough
constexpr std::int64_t kWorthwhile = 256;  ///< so many of these have to be apart

/// LabelCounts in two words, so that a pair is counted by two additions: yt + 2³² · y and t + 2³² · all.
struct PackedCounts {
  std::uint64_t yt_y = 0, t_all = 0;
};

struct Workspace {
  std::vector<PackedCounts> counts;  // of each row: within each radius but no smaller one; then beyond all of them
  std::vector<float> scratch;
  CandidateList candidates;
};

/// What is asked of a row for every pair it is in, side by side in memory.
struct RowFacts {
  double slack;
  std::int32_t y, t, source;
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

class RadiusCount {
 public:
  RadiusCount(const CountSpace& space, int threads)
      : space_(space),
        limit_(static_cast<std::size_t>(space.rows.padded_rows()), -std::numeric_limits<float>::infinity()),
        count_pairs_(space.radii == 1   ? &RadiusCount::count_pairs<1>
                     : space.radii == 4 ? &RadiusCount::count_pairs<4>
                                        : &RadiusCount::count_pairs<0>) {
    for (std::int64_t row = 0; row < space.rows.rows(); ++row) {
      const auto i = static_cast<std::size_t>(row);
      for (std::size_t r = 0; r < space.radii; ++r) {
        scaled_radius_.push_back(space.squared_radii[i * space.radii + r] * space.rows.squared_scale());
      }
      limit_[i] = float_not_below(scaled_radius_.back());
      scaled_radius_.push_back(std::numeric_limits<double>::infinity());
      facts_.push_back({space.rows.slack(row, row) / 2, space.labels.y[i], space.labels.t[i], space.labels.source[i]});
    }
    if (!space.ordered_in_space) return;
    blocks_.emplace(space.rows, kBlockRows, limit_, threads);
    panels_.emplace(space.rows, kBoxRows, limit_, threads);
    if (!panels_tell()) panels_.reset();
  }

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
    (this->*count_pairs_)(work);
  }

 private:
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

  /// For a number of radii that the compiler knows, or 0 for any.
  template <std::size_t kRadii>
  void count_pairs(Workspace& work) const {
    for (std::size_t c = 0; c < work.candidates.size; ++c) {
      const PairCandidate pair = work.candidates[c];
      // A block against itself holds every pair twice.
      if (pair.i < pair.j) count_pair<kRadii>(pair, work.counts.data());
    }
  }

  template <std::size_t kRadii>
  void count_pair(const PairCandidate& pair, PackedCounts* counts) const {
    const RowFacts &a = facts_[static_cast<std::size_t>(pair.i)], &b = facts_[static_cast<std::size_t>(pair.j)];
    if (a.source == b.source) return;
    const std::uint64_t same_y = a.y == b.y ? 1 : 0, same_t = a.t == b.t ? 1 : 0;
    const PackedCounts one{(same_y & same_t) | same_y << 32, same_t | std::uint64_t{1} << 32};
    const double upper = pair.low + (a.slack + b.slack);
    for (const std::int32_t row : {pair.i, pair.j}) {
      const std::size_t first = static_cast<std::size_t>(row) * (space_.radii + 1);
      PackedCounts& count = counts[first + smallest_radius<kRadii>(pair, first, upper)];
      count.yt_y += one.yt_y;
      count.t_all += one.t_all;
    }
  }

  /// Which of a row's radii, the first of which is scaled_radius_[first], is the smallest to hold the pair; `radii`,
  /// the infinite one, if none is.
  template <std::size_t kRadii>
  std::size_t smallest_radius(const PairCandidate& pair, std::size_t first, double upper) const {
    const double* radius = scaled_radius_.data() + first;
    const double low = pair.low;
    std::size_t beyond = 0;
    for (std::size_t r = 0; r < (kRadii > 0 ? kRadii : space_.radii); ++r) beyond += low > radius[r] ? 1 : 0;
    return upper <= radius[beyond] ? beyond : settled_radius(pair, first, beyond, upper);
  }

  /// The same where rounding leaves it open between radius `from` and larger ones.
  std::size_t settled_radius(const PairCandidate& pair, std::size_t first, std::size_t from, double upper) const {
    const double close = space_.rows.close_squared_distance(pair.i, pair.j), reach = 2 * space_.rows.close_factor();
    const std::size_t row = first / (space_.radii + 1);
    for (; upper > scaled_radius_[first + from]; ++from) {
      const double radius = space_.squared_radii[row * space_.radii + from];
      if (close * (1 + reach) <= radius) return from;
      if (close * (1 - reach) > radius) continue;
      if (space_.rows.exact_squared_distance(pair.i, pair.j) <= radius) return from;
    }
    return from;
  }

  const CountSpace& space_;
  /// Of each row its radii and +∞, in the unit of the scan; scaled by a power of two, so still exact.
  std::vector<double> scaled_radius_;
  std::vector<float> limit_;
  std::vector<RowFacts> facts_;
  std::optional<LimitedBoxes> blocks_, panels_;
  void (RadiusCount::*count_pairs_)(Workspace&) const;
};

void add(LabelCounts& sum, const LabelCounts& more) {
  sum.yt += more.yt;
  sum.y += more.y;
  sum.t += more.t;
  sum.all += more.all;
}

LabelCounts unpacked(const PackedCounts& counts) {
  return {static_cast<std::int32_t>(counts.yt_y), static_cast<std::int32_t>(counts.yt_y >> 32),
          static_cast<std::int32_t>(counts.t_all), static_cast<std::int32_t>(counts.t_all >> 32)};
}

/// Pair number `index` of the pairs i ≤ j of blocks: (0, 0), (0, 1) … (1, 1), (1, 2) …
std::pair<std::int64_t, std::int64_t> block_pair(std::int64_t index, std::int64_t blocks) {
  const auto before = [&](std::int64_t i) { return i * blocks - i * (i - 1) / 2; };
  const double b = static_cast<double>(blocks) + 0.5;
  auto i = static_cast<std::int64_t>(b - std::sqrt(std::max(0.0, b * b - 2.0 * static_cast<double>(index))));
  while (i > 0 && before(i) > index) --i;
  while (before(i + 1) <= index) ++i;
  return {i, i + index - before(i)};
}

}  // namespace

std::vector<LabelCounts> count_within_radii(const CountSpace& space, const NeighborOptions& options) {
  const RadiusCount count(space, options.threads);
  const bool shared = work_is_shared();
  const std::int64_t ranks = shared ? team_size() : 1, rank = shared ? team_rank() : 0;
  const std::int64_t blocks = (space.rows.rows() + kBlockRows - 1) / kBlockRows;
  const std::int64_t own_pairs = (blocks * (blocks + 1) / 2 - rank + ranks - 1) / ranks;
  std::optional<Progress> progress;
  if (options.show_progress) progress.emplace("neighbours", own_pairs, "tiles");
  WorkspacePool<Workspace> pool;
  const std::size_t radii = space.radii, rows = space.squared_radii.size() / radii;
  const auto make = [&] { return Workspace{std::vector<PackedCounts>(rows * (radii + 1)), {}, {}}; };
  parallel_for(own_pairs, options.threads, [&](std::int64_t own) {
    const auto [i, j] = block_pair(rank + own * ranks, blocks);
    pool.with(make, [&, i = i, j = j](Workspace& work) { count.count_blocks(i, j, work); });
    if (progress) progress->advance();
  });
  std::vector<LabelCounts> total(rows * radii);
  pool.for_each([&](const Workspace& work) {
    for (std::size_t i = 0; i < total.size(); ++i)
      add(total[i], unpacked(work.counts[i / radii * (radii + 1) + i % radii]));
  });
  static_assert(sizeof(LabelCounts) == 4 * sizeof(std::int32_t));
  if (shared) sum_over_team({&total.data()->yt, 4 * total.size()});
  for (std::size_t i = 0; i < total.size(); ++i) {
    if (i % radii != 0) add(total[i], total[i - 1]);
  }
  return total;
}

}  // namespace equinfo
