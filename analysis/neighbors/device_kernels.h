#pragma once

#include "compute/device_code.h"
#include "neighbors/device_tasks.h"

/// Kernels for a graphics card: distances of tiles of rows, and what is done with the few pairs that are near.
namespace equinfo::device {

constexpr int kSquare = 16;  ///< threads of a block along its side
constexpr int kFours = kTile / 4;
constexpr int kHits = kThreads * kOwn;
static_assert(kSquare * kSquare == kThreads && kSquare * kOwn == kTile && kDepth * kFours == kThreads);

/// A pair of the tiles at hand, by the places of its rows in them.
struct Hit {
  int row, col;
  float low;
};

/// Of a thread: the sums of products of its own pairs.
struct Own {
  float sum[kOwn][kOwn];
};

/// Of a block: two buffers of coordinates, one being filled while the other is in use; facts of the rows and columns of
/// the tiles; a few pairs that are near.
struct Shared {
  Four rows[2][kDepth * kFours], cols[2][kDepth * kFours];
  float row_norm[kTile], row_limit[kTile], col_norm[kTile], col_limit[kTile];
  Hit hits[kHits];
  int hit_count[2];        // of the phase and, cleared, of the next
  int found_count[kTile];  // of each row in a search
};

EQUINFO_DEVICE float unsigned_as_float(unsigned bits) {
  union {
    unsigned bits;
    float value;
  } both;
  both.bits = bits;
  return both.value;
}

EQUINFO_DEVICE unsigned float_as_unsigned(float value) {
  union {
    float value;
    unsigned bits;
  } both;
  both.value = value;
  return both.bits;
}

constexpr unsigned kInfinityBits = 0x7f800000;

EQUINFO_DEVICE float no_limit() { return unsigned_as_float(kInfinityBits); }

/// A float not below a value ≥ 0.
EQUINFO_DEVICE float not_below(double value) {
  const float rounded = static_cast<float>(value);
  return rounded < value ? unsigned_as_float(float_as_unsigned(rounded) + 1) : rounded;
}

/// The place in a tile of a thread's own row or column number `own`, where the thread is number `side` along the
/// square: two runs of four, so that neighbouring threads fetch neighbouring fours.
EQUINFO_DEVICE int place_of(int side, int own) { return own < 4 ? 4 * side + own : kTile / 2 + 4 * side + own - 4; }

/// Adds the products of kDepth coordinates.
EQUINFO_DEVICE void add_products(const Four* rows, const Four* cols, int thread, Own& own) {
  const int across = thread % kSquare, down = thread / kSquare;
  EQUINFO_UNROLL
  for (int c = 0; c < kDepth; ++c) {
    const Four r0 = rows[c * kFours + down], r1 = rows[c * kFours + kFours / 2 + down];
    const Four c0 = cols[c * kFours + across], c1 = cols[c * kFours + kFours / 2 + across];
    const float of_rows[kOwn] = {r0.x, r0.y, r0.z, r0.w, r1.x, r1.y, r1.z, r1.w};
    const float of_cols[kOwn] = {c0.x, c0.y, c0.z, c0.w, c1.x, c1.y, c1.z, c1.w};
    EQUINFO_UNROLL
    for (int i = 0; i < kOwn; ++i) {
      EQUINFO_UNROLL
      for (int j = 0; j < kOwn; ++j) own.sum[i][j] += of_rows[i] * of_cols[j];
    }
  }
}

/// All products of two tiles into the threads' own sums.
template <class Block>
EQUINFO_DEVICE void multiply_tiles(Block& block, Shared& shared, const Rows& rows, int row_tile, int col_tile) {
  const Four* row_panel = rows.panels + static_cast<long long>(row_tile) * rows.depth * kFours;
  const Four* col_panel = rows.panels + static_cast<long long>(col_tile) * rows.depth * kFours;
  const int parts = rows.depth / kDepth;
  block.each([&](int thread, Own& own) {
    EQUINFO_UNROLL
    for (int i = 0; i < kOwn; ++i) {
      EQUINFO_UNROLL
      for (int j = 0; j < kOwn; ++j) own.sum[i][j] = 0.0F;
    }
    shared.rows[0][thread] = row_panel[thread];
    shared.cols[0][thread] = col_panel[thread];
  });
  for (int part = 0; part < parts; ++part) {
    block.each([&](int thread, Own& own) {
      const bool more = part + 1 < parts;
      const int now = part % 2, next = (part + 1) * kThreads + thread;
      Four next_row{}, next_col{};
      if (more) {
        next_row = row_panel[next];
        next_col = col_panel[next];
      }
      add_products(shared.rows[now], shared.cols[now], thread, own);
      if (more) {
        shared.rows[1 - now][thread] = next_row;
        shared.cols[1 - now][thread] = next_col;
      }
    });
  }
}

/// Calls visit(hit) for the pairs within the larger of their limits, by whichever thread: eight times, for one of every
/// thread's own rows each, so that all pairs may be near without too many hits at a time.
template <class Block, class Visit>
EQUINFO_DEVICE void visit_hits(Block& block, Shared& shared, const Visit& visit) {
  EQUINFO_UNROLL
  for (int r = 0; r < kOwn; ++r) {
    block.each([&](int thread, Own& own) {
      const int row = place_of(thread / kSquare, r);
      const float norm = shared.row_norm[row], limit = shared.row_limit[row];
      EQUINFO_UNROLL
      for (int c = 0; c < kOwn; ++c) {
        const int col = place_of(thread % kSquare, c);
        const float low = (norm + shared.col_norm[col]) - 2.0F * own.sum[r][c], other = shared.col_limit[col];
        if (low <= (limit > other ? limit : other))
          shared.hits[block.add(&shared.hit_count[r % 2], 1)] = {row, col, low};
      }
    });
    block.each([&](int thread, Own&) {
      for (int h = thread; h < shared.hit_count[r % 2]; h += kThreads) visit(shared.hits[h]);
      if (thread == 0) shared.hit_count[1 - r % 2] = 0;
    });
  }
}

/// Which of a row's radii is the smallest to hold the pair, if it may be no further than `low`.
EQUINFO_DEVICE int smallest_radius(const double* radius, int radii, double low) {
  int beyond = 0;
  for (int r = 0; r < radii; ++r) beyond += low > radius[r] ? 1 : 0;
  return beyond;
}

/// Counts a pair for both rows, or lists it where rounding leaves open for one of them which radii hold it.
template <class Block>
EQUINFO_DEVICE void count_pair(Block& block, const CountTask& task, const OpenPair& pair) {
  const Rows& rows = task.rows;
  const int i = pair.i, j = pair.j;
  // A tile against itself holds every pair twice.
  if (i >= j || rows.source[i] == rows.source[j]) return;
  const double upper = pair.low + (rows.slack[i] + rows.slack[j]);
  const double* radius_i = task.radius + static_cast<long long>(i) * (task.radii + 1);
  const double* radius_j = task.radius + static_cast<long long>(j) * (task.radii + 1);
  const int within_i = smallest_radius(radius_i, task.radii, pair.low);
  const int within_j = smallest_radius(radius_j, task.radii, pair.low);
  if (upper > radius_i[within_i] || upper > radius_j[within_j]) {
    const unsigned place = block.add(task.open_count, 1U);
    if (place < task.open_room) task.open[place] = pair;
    return;
  }
  if (task.counts == nullptr) return;
  const unsigned long long same_y = rows.y[i] == rows.y[j] ? 1 : 0, same_t = rows.t[i] == rows.t[j] ? 1 : 0;
  const unsigned long long yt_y = (same_y & same_t) | same_y << 32, t_all = same_t | 1ULL << 32;
  for (int side = 0; side < 2; ++side) {
    const int within = side == 0 ? within_i : within_j;
    if (within == task.radii) continue;
    unsigned long long* count = task.counts + 2 * (static_cast<long long>(side == 0 ? i : j) * task.radii + within);
    block.add(count, yt_y);
    block.add(count + 1, t_all);
  }
}

/// Block number `index` of a CountTask.
template <class Block>
EQUINFO_DEVICE void count_tiles(Block& block, Shared& shared, const CountTask& task, int index) {
  const TilePair tiles = task.pairs[index];
  const int first_row = tiles.rows * kTile, first_col = tiles.cols * kTile;
  block.each([&](int thread, Own&) {
    if (thread == 0) shared.hit_count[0] = 0;
    if (thread >= kTile) return;
    shared.row_norm[thread] = task.rows.low_norm[first_row + thread];
    shared.row_limit[thread] = task.limit[first_row + thread];
    shared.col_norm[thread] = task.rows.low_norm[first_col + thread];
    shared.col_limit[thread] = task.limit[first_col + thread];
  });
  multiply_tiles(block, shared, task.rows, tiles.rows, tiles.cols);
  visit_hits(block, shared, [&](const Hit& hit) {
    count_pair(block, task, {first_row + hit.row, first_col + hit.col, hit.low});
  });
}

/// The smallest float that at least k upper bounds do not exceed.
EQUINFO_DEVICE float kth_upper(const Found* found, int count, int k) {
  unsigned low = 0, high = kInfinityBits;
  while (low < high) {
    const unsigned middle = low + (high - low) / 2;
    const float value = unsigned_as_float(middle);
    int within = 0;
    for (int f = 0; f < count; ++f) within += found[f].upper <= value ? 1 : 0;
    if (within >= k) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return unsigned_as_float(low);
}

/// Lowers a row's limit and drops what lies above it, as soon as that tells anything or room runs out. A row for which
/// it runs out all the same finds nothing any more.
EQUINFO_DEVICE void prune(const SearchTask& task, Found* found, int& count, float& limit) {
  const bool full = count > task.room - kTile;
  if (!full && (limit < no_limit() || count < task.k)) return;
  if (count < task.k) return;
  const float kth = kth_upper(found, count, task.k);
  limit = kth < limit ? kth : limit;
  int kept = 0;
  for (int f = 0; f < count; ++f) {
    if (found[f].low <= limit) found[kept++] = found[f];
  }
  count = kept;
  if (count <= task.room - kTile) return;
  count = -1;
  limit = -no_limit();
}

/// Block number `index` of a SearchTask.
template <class Block>
EQUINFO_DEVICE void search_tile(Block& block, Shared& shared, const SearchTask& task, int index) {
  const SearchTile tile = task.tiles[index];
  const Rows& rows = task.rows;
  const int first_row = tile.rows * kTile;
  Found* found = task.found + static_cast<long long>(index) * kTile * task.room;
  block.each([&](int thread, Own&) {
    if (thread == 0) shared.hit_count[0] = 0;
    if (thread >= kTile) return;
    shared.row_norm[thread] = rows.low_norm[first_row + thread];
    shared.row_limit[thread] = task.limit[first_row + thread];
    shared.col_limit[thread] = -no_limit();
    shared.found_count[thread] = 0;
  });
  for (int col_tile = tile.col_begin; col_tile < tile.col_end; ++col_tile) {
    const int first_col = col_tile * kTile;
    block.each([&](int thread, Own&) {
      if (thread < kTile) shared.col_norm[thread] = rows.low_norm[first_col + thread];
    });
    multiply_tiles(block, shared, rows, tile.rows, col_tile);
    visit_hits(block, shared, [&](const Hit& hit) {
      const int i = first_row + hit.row, j = first_col + hit.col;
      if (rows.y[i] != rows.y[j] || rows.t[i] != rows.t[j] || rows.source[i] == rows.source[j]) return;
      const int place = block.add(&shared.found_count[hit.row], 1);
      found[hit.row * task.room + place] = {hit.low, not_below(hit.low + (rows.slack[i] + rows.slack[j])), j};
    });
    block.each([&](int thread, Own&) {
      if (thread < kTile) prune(task, found + thread * task.room, shared.found_count[thread], shared.row_limit[thread]);
    });
  }
  block.each([&](int thread, Own&) {
    if (thread < kTile) task.found_count[index * kTile + thread] = shared.found_count[thread];
  });
}

}  // namespace equinfo::device
