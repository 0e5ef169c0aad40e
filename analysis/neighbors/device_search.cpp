#include "neighbors/device_search.h"

#include <algorithm>
#include <limits>

#include "compute/parallel.h"
#include "compute/team.h"
#include "neighbors/nearest_candidates.h"
#include "neighbors/workspace_pool.h"

namespace equinfo {
namespace {

using device::Found;
using device::kTile;
using device::SearchTile;

/// Candidates of a row that there is room for: enough to prune seldom.
int room_for(int k) { return 2 * k + 2 * kTile; }

/// Tiles with rows that are asked about, each with the tiles of these rows' cells.
std::vector<SearchTile> tiles_of(const RadiusSpace& space) {
  std::vector<SearchTile> tiles;
  for (std::size_t c = 0; c < space.cells.size(); ++c) {
    const RowRange &cell = space.cells[c], &asked = space.asked[c];
    for (std::int64_t tile = asked.begin / kTile; tile * kTile < asked.end && asked.begin < asked.end; ++tile) {
      const auto end = static_cast<int>((cell.end + kTile - 1) / kTile);
      if (!tiles.empty() && tiles.back().rows == tile) {
        tiles.back().col_end = end;
      } else {
        tiles.push_back({static_cast<int>(tile), static_cast<int>(cell.begin / kTile), end});
      }
    }
  }
  return tiles;
}

/// +∞ for rows that are asked about.
std::vector<float> start_limits(const RadiusSpace& space, std::size_t rows) {
  std::vector<float> limits(rows, -std::numeric_limits<float>::infinity());
  for (const RowRange& asked : space.asked) {
    std::fill(limits.begin() + asked.begin, limits.begin() + asked.end, std::numeric_limits<float>::infinity());
  }
  return limits;
}

struct Workspace {
  NearestCandidates nearest;
  NearestScratch nearest_scratch;
};

class Search {
 public:
  /// tiles: how many there will be, ≥ 1.
  Search(const RadiusSpace& space, std::span<const int> ks, int threads, std::size_t tiles)
      : space_(space),
        rows_(*space.device),
        ks_(ks),
        threads_(threads),
        room_(room_for(ks.back())),
        at_once_(std::clamp<std::size_t>(
            rows_.use().found_bytes / (sizeof(Found) * kTile * static_cast<std::size_t>(room_)), 1, tiles)),
        start_(start_limits(space, rows_.padded_rows())),
        limit_(device(), start_),
        tiles_(device(), at_once_),
        found_(device(), at_once_ * kTile * static_cast<std::size_t>(room_)),
        found_count_(device(), at_once_ * kTile) {}

  /// Appends the rows that it does not settle.
  void run(std::span<const SearchTile> tiles, std::vector<double>& radii, std::vector<std::int64_t>& unsettled) {
    for (std::size_t first = 0; first < tiles.size(); first += at_once_) {
      run_part(tiles.subspan(first, std::min(at_once_, tiles.size() - first)), radii, unsettled);
    }
  }

 private:
  Accelerator& device() const { return rows_.use().accelerator; }

  void run_part(std::span<const SearchTile> tiles, std::vector<double>& radii, std::vector<std::int64_t>& unsettled) {
    tiles_.write(tiles);
    const device::SearchTask task{rows_.view(), tiles_.data(), limit_.data(),      ks_.back(),
                                  room_,        found_.data(), found_count_.data()};
    device().run("search_radii", static_cast<int>(tiles.size()), device::kThreads, &task);
    counts_here_.resize(tiles.size() * kTile);
    found_count_.read(counts_here_);
    found_here_.resize(counts_here_.size() * static_cast<std::size_t>(room_));
    found_.read(found_here_);
    parallel_for(static_cast<std::int64_t>(tiles.size()), threads_, [&](std::int64_t tile) {
      pool_.with([] { return Workspace(); },
                 [&](Workspace& work) { settle(tiles[static_cast<std::size_t>(tile)].rows, tile, work, radii); });
    });
    for (std::size_t place = 0; place < counts_here_.size(); ++place) {
      if (counts_here_[place] < 0) unsettled.push_back(row_at(tiles[place / kTile].rows, place % kTile));
    }
  }

  static std::int64_t row_at(std::int64_t tile, std::size_t within) {
    return tile * kTile + static_cast<std::int64_t>(within);
  }

  void settle(std::int64_t row_tile, std::int64_t tile, Workspace& work, std::vector<double>& radii) const {
    for (std::size_t within = 0; within < kTile; ++within) {
      const std::size_t place = static_cast<std::size_t>(tile) * kTile + within;
      const auto row = static_cast<std::size_t>(row_at(row_tile, within));
      if (counts_here_[place] < 0 || start_[row] < 0) continue;
      work.nearest.restart(static_cast<std::int64_t>(row));
      const Found* found = found_here_.data() + place * static_cast<std::size_t>(room_);
      for (int f = 0; f < counts_here_[place]; ++f) work.nearest.add(found[f].row, found[f].low);
      work.nearest.exact_kth(space_.rows, ks_, work.nearest_scratch, &radii[row * ks_.size()]);
    }
  }

  const RadiusSpace& space_;
  const DeviceRows& rows_;
  std::span<const int> ks_;
  int threads_, room_;
  std::size_t at_once_;  ///< tiles of a call
  std::vector<float> start_;
  DeviceArray<float> limit_;
  DeviceArray<SearchTile> tiles_;
  DeviceArray<Found> found_;
  DeviceArray<int> found_count_;
  std::vector<int> counts_here_;
  std::vector<Found> found_here_;
  WorkspacePool<Workspace> pool_;
};

}  // namespace

DeviceSearch search_on_device(const RadiusSpace& space, std::span<const int> ks, int threads,
                              std::vector<double>& radii) {
  const std::vector<SearchTile> tiles = tiles_of(space);
  const auto first_row = [&](std::int64_t tile) {
    return tile < std::ssize(tiles) ? std::int64_t{tiles[static_cast<std::size_t>(tile)].rows} * kTile
                                    : space.rows.rows();
  };
  const Share own = own_share(std::ssize(tiles));
  const auto own_tiles =
      std::span(tiles).subspan(static_cast<std::size_t>(own.begin), static_cast<std::size_t>(own.end - own.begin));
  DeviceSearch result{{first_row(own.begin), first_row(own.end)}, {}};
  if (!own_tiles.empty()) Search(space, ks, threads, own_tiles.size()).run(own_tiles, radii, result.unsettled);
  return result;
}

}  // namespace equinfo
