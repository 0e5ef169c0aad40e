#include "neighbors/device_count.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "compute/team.h"
#include "core/progress.h"

namespace equinfo {
namespace {

using device::kTile;
using device::OpenPair;
using device::TilePair;

std::vector<float> padded_limits(const PairCounter& counter, std::size_t rows) {
  std::vector<float> limits = counter.limits();
  limits.resize(rows, -std::numeric_limits<float>::infinity());
  return limits;
}

std::vector<double> padded_radii(const PairCounter& counter, std::size_t rows, std::size_t radii) {
  std::vector<double> padded = counter.scaled_radii();
  padded.resize(rows * (radii + 1), std::numeric_limits<double>::infinity());
  return padded;
}

/// Pairs of tiles in which a row is asked about; of several ranks, every so many-th.
class TilePairs {
 public:
  TilePairs(const std::vector<float>& limits, std::int64_t tiles) : asked_(static_cast<std::size_t>(tiles)) {
    for (std::size_t tile = 0; tile < asked_.size(); ++tile) {
      const auto first = limits.begin() + static_cast<std::ptrdiff_t>(tile * kTile);
      asked_[tile] = std::any_of(first, first + kTile,
                                 [](float limit) { return limit > -std::numeric_limits<float>::infinity(); });
    }
  }

  std::int64_t total() const { return static_cast<std::int64_t>(asked_.size() * (asked_.size() + 1) / 2); }

  /// The next ones, `most` or fewer; none at the end. `passed` is how many of `total` lie behind.
  std::vector<TilePair> take(std::size_t most, std::int64_t& passed) {
    std::vector<TilePair> pairs;
    for (; row_ < asked_.size() && pairs.size() < most; ++passed) {
      const bool own = !work_is_shared() || passed % team_size() == team_rank();
      if (own && (asked_[row_] || asked_[col_])) pairs.push_back({static_cast<int>(row_), static_cast<int>(col_)});
      if (++col_ == asked_.size()) col_ = ++row_;
    }
    return pairs;
  }

 private:
  std::vector<bool> asked_;
  std::size_t row_ = 0, col_ = 0;
};

class DeviceCount {
 public:
  DeviceCount(const CountSpace& space, const PairCounter& counter, const SettlePairs& settle)
      : rows_(*space.device),
        radii_(space.radii),
        settle_(settle),
        limit_(device(), padded_limits(counter, rows_.padded_rows())),
        radius_(device(), padded_radii(counter, rows_.padded_rows(), radii_)),
        counts_(device(), 2 * rows_.padded_rows() * radii_),
        pairs_(device(), rows_.use().tile_pairs),
        open_(device(), rows_.use().open_room),
        open_count_(device(), 1) {
    counts_.clear();
  }

  void count(std::span<const TilePair> pairs) {
    const std::uint32_t open = run(pairs, counts_.data());
    if (open <= open_.size()) return settle_open(open);
    list_open(pairs.first(pairs.size() / 2));
    list_open(pairs.subspan(pairs.size() / 2));
  }

  /// [N · radii]
  std::vector<PackedCounts> counts(std::size_t rows) const {
    std::vector<unsigned long long> words(2 * rows * radii_);
    counts_.read(words);
    std::vector<PackedCounts> counts;
    for (std::size_t i = 0; i < words.size(); i += 2) counts.push_back({words[i], words[i + 1]});
    return counts;
  }

 private:
  Accelerator& device() const { return rows_.use().accelerator; }

  /// How many pairs are open; only the others are counted.
  std::uint32_t run(std::span<const TilePair> pairs, unsigned long long* counts) {
    pairs_.write(pairs);
    open_count_.clear();
    const device::CountTask task{
        rows_.view(),      limit_.data(), radius_.data(), static_cast<int>(radii_),
        pairs_.data(),     counts,        open_.data(),   static_cast<std::uint32_t>(open_.size()),
        open_count_.data()};
    device().run("count_pairs", static_cast<int>(pairs.size()), device::kThreads, &task);
    std::uint32_t open = 0;
    open_count_.read({&open, 1});
    return open;
  }

  void settle_open(std::uint32_t count) {
    open_here_.resize(count);
    open_.read(open_here_);
    settle_(open_here_);
  }

  /// The open pairs alone, in parts for which there is room: one pair of tiles has no more than kTile².
  void list_open(std::span<const TilePair> pairs) {
    if (pairs.empty()) return;
    const std::uint32_t open = run(pairs, nullptr);
    if (open <= open_.size()) return settle_open(open);
    list_open(pairs.first(pairs.size() / 2));
    list_open(pairs.subspan(pairs.size() / 2));
  }

  const DeviceRows& rows_;
  std::size_t radii_;
  const SettlePairs& settle_;
  DeviceArray<float> limit_;
  DeviceArray<double> radius_;
  DeviceArray<unsigned long long> counts_;
  DeviceArray<TilePair> pairs_;
  DeviceArray<OpenPair> open_;
  DeviceArray<std::uint32_t> open_count_;
  std::vector<OpenPair> open_here_;
};

}  // namespace

std::vector<PackedCounts> count_on_device(const CountSpace& space, const PairCounter& counter, bool show_progress,
                                          const SettlePairs& settle) {
  const DeviceRows& rows = *space.device;
  DeviceCount count(space, counter, settle);
  TilePairs pairs(padded_limits(counter, rows.padded_rows()), rows.tiles());
  std::optional<Progress> progress;
  if (show_progress) progress.emplace("neighbours", pairs.total(), "tiles");
  for (std::int64_t passed = 0, before = 0; before < pairs.total(); before = passed) {
    const std::vector<TilePair> next = pairs.take(rows.use().tile_pairs, passed);
    if (!next.empty()) count.count(next);
    if (progress) progress->advance(passed - before);
  }
  return count.counts(static_cast<std::size_t>(space.rows.rows()));
}

}  // namespace equinfo
