#pragma once

#include "compute/device_code.h"
#include "estimators/product_tasks.h"

#ifndef __CUDACC__
#include <math.h>
#endif

/// Kernels for a graphics card: products of matrices, and the softmax between them. Every sum has one order, so that
/// the same device gives the same bytes in every run.
namespace equinfo::products {

constexpr int kSquare = 16;  ///< threads of a block along its side
constexpr int kFetched = kTile * kDepth / kThreads;
static_assert(kSquare * kSquare == kThreads && kSquare * kOwn == kTile && kOwn == 4 && kThreads % kTile == 0);

/// Four elements that are fetched at once.
struct alignas(16) Four {
  float x, y, z, w;
};
constexpr int kFours = kTile / 4 + 1;  ///< of one depth of a tile: one more than needed, which spreads them over banks

/// Of a thread: its part of a tile, and what it fetches for the next step.
struct Own {
  float sum[kOwn][kOwn];
  float left[kFetched], right[kFetched];
};

/// Of a block: two buffers of each factor, one being filled while the other is in use; losses of its rows.
struct Shared {
  Four left[2][kDepth * kFours], right[2][kDepth * kFours];
  double loss[kThreads];
};

struct Place {
  int outer, depth;
};

/// Where in a tile of a factor a thread's element number `fetched` lies: neighbouring threads fetch neighbours.
EQUINFO_DEVICE Place place_of(const Factor& factor, int thread, int fetched) {
  if (factor.outer_step == 1) return {thread % kTile, thread / kTile + fetched * (kThreads / kTile)};
  return {thread / kDepth + fetched * (kThreads / kDepth), thread % kDepth};
}

/// A thread's elements of a tile from (first_outer, first_depth) on; zero outside.
EQUINFO_DEVICE void fetch(const Factor& factor, int first_outer, int outers, int first_depth, int depth_end, int thread,
                          float* values) {
  EQUINFO_UNROLL
  for (int f = 0; f < kFetched; ++f) {
    const Place place = place_of(factor, thread, f);
    const long long outer = first_outer + place.outer, depth = first_depth + place.depth;
    const bool inside = outer < outers && depth < depth_end;
    values[f] = inside ? factor.values[outer * factor.outer_step + depth * factor.depth_step] : 0.0F;
  }
}

EQUINFO_DEVICE void put(const Factor& factor, const float* values, int thread, Four* tile) {
  EQUINFO_UNROLL
  for (int f = 0; f < kFetched; ++f) {
    const Place place = place_of(factor, thread, f);
    reinterpret_cast<float*>(tile)[place.depth * 4 * kFours + place.outer] = values[f];
  }
}

/// Adds the products of kDepth depths.
EQUINFO_DEVICE void add_products(const Four* left, const Four* right, int thread, Own& own) {
  const int across = thread % kSquare, down = thread / kSquare;
  EQUINFO_UNROLL
  for (int c = 0; c < kDepth; ++c) {
    const Four l = left[c * kFours + down], r = right[c * kFours + across];
    const float of_left[kOwn] = {l.x, l.y, l.z, l.w}, of_right[kOwn] = {r.x, r.y, r.z, r.w};
    EQUINFO_UNROLL
    for (int i = 0; i < kOwn; ++i) {
      EQUINFO_UNROLL
      for (int j = 0; j < kOwn; ++j) own.sum[i][j] += of_left[i] * of_right[j];
    }
  }
}

EQUINFO_DEVICE void clear_sums(Own& own) {
  EQUINFO_UNROLL
  for (int i = 0; i < kOwn; ++i) {
    EQUINFO_UNROLL
    for (int j = 0; j < kOwn; ++j) own.sum[i][j] = 0.0F;
  }
}

/// Writes a thread's sums to their place in `out` [task.rows, task.cols], the first one's row and column being given.
EQUINFO_DEVICE void write_sums(const ProductTask& task, int row, int col, const Own& own, float* out) {
  EQUINFO_UNROLL
  for (int i = 0; i < kOwn; ++i) {
    EQUINFO_UNROLL
    for (int j = 0; j < kOwn; ++j) {
      if (row + i < task.rows && col + j < task.cols) {
        out[static_cast<long long>(row + i) * task.cols + col + j] = own.sum[i][j];
      }
    }
  }
}

EQUINFO_DEVICE int tiles_of(int count) { return (count + kTile - 1) / kTile; }

/// Block number `index` of a ProductTask.
template <class Block>
EQUINFO_DEVICE void multiply_tile(Block& block, Shared& shared, const ProductTask& task, int index) {
  const int across = tiles_of(task.cols), tiles = across * tiles_of(task.rows), part = index / tiles;
  const int first_row = index % tiles / across * kTile, first_col = index % across * kTile;
  const int begin = part * task.part_depth, rest = task.depth - begin;
  const int depth = rest < task.part_depth ? rest : task.part_depth, steps = (depth + kDepth - 1) / kDepth;
  const auto fetch_step = [&](int step, int thread, Own& own) {
    fetch(task.left, first_row, task.rows, begin + step * kDepth, begin + depth, thread, own.left);
    fetch(task.right, first_col, task.cols, begin + step * kDepth, begin + depth, thread, own.right);
  };
  const auto put_step = [&](int step, int thread, Own& own) {
    put(task.left, own.left, thread, shared.left[step % 2]);
    put(task.right, own.right, thread, shared.right[step % 2]);
  };
  block.each([&](int thread, Own& own) {
    clear_sums(own);
    fetch_step(0, thread, own);
    put_step(0, thread, own);
  });
  for (int step = 0; step < steps; ++step) {
    block.each([&](int thread, Own& own) {
      const bool more = step + 1 < steps;
      if (more) fetch_step(step + 1, thread, own);
      add_products(shared.left[step % 2], shared.right[step % 2], thread, own);
      if (more) put_step(step + 1, thread, own);
    });
  }
  float* out = task.out + static_cast<long long>(part) * task.rows * task.cols;
  block.each([&](int thread, Own& own) {
    write_sums(task, first_row + thread / kSquare * kOwn, first_col + thread % kSquare * kOwn, own, out);
  });
}

/// Probabilities of one row of scores, less one at its own column; −ln of the own one.
EQUINFO_DEVICE double soften_row(float* row, int cols, int own) {
  float largest = row[0];
  for (int c = 1; c < cols; ++c) largest = row[c] > largest ? row[c] : largest;
  const float of_own = row[own] - largest;
  float sum = 0.0F;
  for (int c = 0; c < cols; ++c) {
    row[c] = expf(row[c] - largest);
    sum += row[c];
  }
  const float scale = 1.0F / sum;
  for (int c = 0; c < cols; ++c) row[c] *= scale;
  row[own] -= 1.0F;
  return log(static_cast<double>(sum)) - of_own;
}

/// Block number `index` of a SoftmaxTask.
template <class Block>
EQUINFO_DEVICE void soften_rows(Block& block, Shared& shared, const SoftmaxTask& task, int index) {
  block.each([&](int thread, Own&) {
    const long long row = static_cast<long long>(index) * kThreads + thread;
    const bool there = row < task.rows;
    shared.loss[thread] = there ? soften_row(task.scores + row * task.cols, task.cols, task.cell[row]) : 0.0;
  });
  block.each([&](int thread, Own&) {
    if (thread > 0) return;
    double sum = 0.0;
    for (int i = 0; i < kThreads; ++i) sum += shared.loss[i];
    task.loss[index] = sum;
  });
}

/// Block number `index` of a SumTask.
template <class Block>
EQUINFO_DEVICE void sum_parts(Block& block, Shared&, const SumTask& task, int index) {
  block.each([&](int thread, Own&) {
    const long long k = static_cast<long long>(index) * kThreads + thread, size = task.size;
    if (k >= size) return;
    double sum = 0.0;
    for (int p = 0; p < task.count; ++p) sum += task.parts[p * size + k];
    task.sums[k] = sum;
  });
}

}  // namespace equinfo::products
