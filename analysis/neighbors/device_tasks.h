#pragma once

/// What the kernels of device_kernels.h are given, in words that this program's compiler and the card's understand
/// alike: pointers are addresses on the device, rows are prepared rows (PreparedRows), distances in their scaled unit.
namespace equinfo::device {

constexpr int kTile = 128;     ///< rows of a tile. A block of threads sets one tile of rows against tiles of columns
constexpr int kDepth = 8;      ///< coordinates of two tiles that a block holds in shared memory at a time
constexpr int kThreads = 256;  /// of a block, seen as a square of 16 × 16
constexpr int kOwn = 8;        ///< a thread's own pairs: so many rows by so many columns of a tile

/// Four coordinates that are fetched at once.
struct alignas(16) Four {
  float x, y, z, w;
};

/// Rows of the problem, followed by empty ones up to a whole tile: zero, with low_norm +∞ and labels of −1.
struct Rows {
  const Four* panels;     ///< centred coordinates, [tiles][depth][kTile]
  const float* low_norm;  ///< [tiles · kTile], as are the following
  const double* slack;
  const int *y, *t, *source;
  int depth;  ///< coordinates, with zeros up to a multiple of kDepth
};

struct TilePair {
  int rows, cols;
};

/// A pair whose distance rounding leaves open.
struct OpenPair {
  int i, j;
  float low;
};

/// Counts the pairs of rows of some tiles within the rows' radii.
struct CountTask {
  Rows rows;
  const float* limit;          ///< the largest radius of each row, rounded up; −∞: not asked about
  const double* radius;        ///< [tiles · kTile][radii + 1], ascending, the last one +∞
  int radii;                   ///< of each row
  const TilePair* pairs;       ///< [blocks]; rows ≤ cols
  unsigned long long* counts;  ///< [tiles · kTile][radii][2], as PackedCounts; null: open pairs are listed, no more
  OpenPair* open;              ///< [open_room]
  unsigned open_room;
  unsigned* open_count;  ///< how many there are, which may be more than there was room for
};

/// A tile of rows and the tiles [col_begin, col_end), which hold the cells of all of its rows.
struct SearchTile {
  int rows, col_begin, col_end;
};

/// A row that may be among another's k nearest: low ≤ D² ≤ upper.
struct Found {
  float low, upper;
  int row;
};

/// Finds the rows that may be among the k nearest of other sources in a row's cell.
struct SearchTask {
  Rows rows;
  const SearchTile* tiles;  ///< [blocks]
  const float* limit;       ///< +∞; −∞: not asked about
  int k;
  int room;          ///< candidates of a row that there is room for, ≥ k + 2 · kTile
  Found* found;      ///< [blocks][kTile][room]
  int* found_count;  ///< [blocks][kTile]; −1: there was too little room
};

}  // namespace equinfo::device
