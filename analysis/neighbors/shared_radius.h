#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "neighbors/pair_scanner.h"

namespace equinfo {

/// N rows of a representation with two labels. A *cell* is a pair (y, t).
struct NeighborProblem {
  MatrixView<const float> z;        ///< [N, d], finite
  std::span<const std::int32_t> y;  ///< [N], codes 0..classes−1
  std::span<const std::int32_t> t;  ///< [N], codes 0..transforms−1
  std::int32_t classes = 1;         ///< ≥ 1
  std::int32_t transforms = 1;      ///< ≥ 1
  /// [N] codes of the source each row stems from; rows of one source are never each other's neighbours. Empty: every
  /// row is a source of its own.
  std::span<const std::int32_t> source = {};
  /// Rows that are asked about, no row twice; all others are neighbours only. Empty: every row is asked about.
  std::span<const std::int64_t> anchors = {};
};

struct DeviceUse;

struct NeighborOptions {
  int k = 5;                                      ///< ≥ 1
  int threads = 0;                                ///< 0: one for each core; the result does not depend on it
  NeighborEngine engine = NeighborEngine::kAuto;  ///< the result does not depend on it
  bool show_progress = false;                     ///< a progress line on standard error if it takes long
  const DeviceUse* device = nullptr;              ///< of kCuda; null: the machine's own
};

/// How many rows of the same cell, the same class, the same transformation, and of all.
struct LabelCounts {
  std::int32_t yt = 0, y = 0, t = 0, all = 0;
  bool operator==(const LabelCounts&) const = default;
};

struct SharedRadius {
  std::vector<double> squared_radius;  ///< D² to the k-th eligible neighbour inside the row's own cell, [N or anchors]
  std::vector<LabelCounts> counts;     ///< eligible rows at D² ≤ squared_radius, the same
};

/// For every row the distance to its k-th neighbour inside its own cell, and how many rows lie within it: the counts
/// that the shared-radius estimator needs. The row itself and rows of its source are neither neighbours nor counted.
///
/// Distances are Euclidean, and exact: D² is the float64 sum over the columns, first to last, of the squared float64
/// differences of the float32 inputs; a row at exactly the radius counts. Engines work in float32 with a stated
/// rounding bound and repeat in float64 whatever the bound leaves open, so every engine and every number of threads
/// gives the same result. The N × N distances are never held (shared_radii_memory). What a device says of the first
/// rows is looked at again on the processor; where it fails, or differs (AcceleratorError), kAuto goes on without it.
///
/// Throws std::invalid_argument if shapes disagree, a code is out of range, k < 1, a value is not finite (naming row
/// and column), a row that is asked about does not exist or has fewer than k eligible neighbours in its cell, or
/// the coordinates differ from one rank to another. About N²·d multiply-adds (each pair once), and the squares of the
/// cells' sizes on top; of A anchors about 2·A·N·d.
SharedRadius shared_radius(const NeighborProblem& problem, const NeighborOptions& options);

/// The same for several k ≥ 1, in ascending order, from one search and one count: about the cost of the last one, whose
/// radii find the most pairs. `options.k` is not looked at. Throws also if `ks` is empty or does not ascend.
std::vector<SharedRadius> shared_radii(const NeighborProblem& problem, std::span<const int> ks,
                                       const NeighborOptions& options);

/// Bytes that shared_radii takes for `radii` values of k beside the problem and the results, without what does not grow
/// with the rows (some MB a thread). On a device N·d floats more.
std::int64_t shared_radii_memory(std::int64_t rows, std::int64_t cols, std::int64_t radii,
                                 const NeighborOptions& options);

/// How many rows are eligible as neighbours of each row: those with its labels that stem from other sources.
/// O(N log N).
std::vector<LabelCounts> eligible_rows(const NeighborProblem& problem);
/// The same inside the rows' cells alone.
std::vector<std::int32_t> eligible_in_cells(const NeighborProblem& problem);

}  // namespace equinfo
