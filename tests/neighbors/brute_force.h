#pragma once

#include <cstdint>
#include <vector>

#include "core/matrix.h"
#include "neighbors/shared_radius.h"

namespace equinfo {

/// A problem that owns its data.
struct NeighborData {
  Matrix<float> z;
  std::vector<std::int32_t> y, t, source;
  std::int32_t classes = 1, transforms = 1;

  NeighborProblem problem() const { return {z, y, t, classes, transforms, source}; }
};

/// In float64, columns first to last.
double squared_distance(const Matrix<float>& z, std::int64_t i, std::int64_t j);

/// The definition, one pair after the other.
SharedRadius brute_force(const NeighborData& data, int k);

/// What rows to draw: normal coordinates, of which the first is shifted by the class.
struct RandomShape {
  std::int64_t rows = 300, cols = 3;
  std::int32_t classes = 2, transforms = 2;
  std::int64_t per_source = 1;
  double grid = 0;    ///< > 0: coordinates are multiples of this, so distances tie
  double offset = 0;  ///< far from zero
  double scale = 1;
  double imbalance = 0;  ///< share of rows that are put into class 0 whatever was drawn
};

NeighborData drawn(const RandomShape& shape, std::uint64_t seed);

/// Those that this machine can run, and with `kCuda` the one that the tests emulate.
std::vector<NeighborEngine> processor_engines();
std::vector<NeighborEngine> engines();

/// kCuda computes on an emulated device, some tiles at a time.
NeighborOptions options_of(NeighborEngine engine, int k, int threads);

}  // namespace equinfo
