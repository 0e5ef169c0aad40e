#pragma once

/// What the kernels of product_kernels.h are given, in words that this program's compiler and the card's understand
/// alike: pointers are addresses on the device, matrices are row-major.
namespace equinfo::products {

constexpr int kThreads = 256;  ///< of a block, seen as a square of 16 × 16
constexpr int kTile = 64;      ///< rows and columns of a product that a block makes
constexpr int kOwn = 4;        ///< of which a thread makes so many rows and columns
constexpr int kDepth = 16;     ///< so much of both factors is in shared memory at a time

/// One factor: its element (i, k), k being summed over, is values[i · outer_step + k · depth_step].
struct Factor {
  const float* values;
  long long outer_step, depth_step;
};

/// out(part, i, j) = Σ left(i, k) · right(j, k), k in the part. One block for each part and tile.
struct ProductTask {
  Factor left, right;
  int rows, cols;         ///< of the product
  int depth, part_depth;  ///< the sum over all of `depth` is left in parts of `part_depth`
  float* out;             ///< [parts, rows, cols]
};

/// Turns scores [rows, cols] into probabilities, less one at each row's own column, and adds up −ln of the own ones. A
/// thread for each row.
struct SoftmaxTask {
  float* scores;
  const int* cell;  ///< [rows], the own columns
  double* loss;     ///< [blocks]
  int rows, cols;
};

/// sums[k] = Σ parts[p][k], p ascending. A thread for each k.
struct SumTask {
  const float* parts;  ///< [count, size]
  double* sums;        ///< [size]
  int count, size;
};

}  // namespace equinfo::products
