#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "estimators/labels.h"

namespace equinfo::testing {

/// Y and T uniform and independent, Z = mean(Y, T) + N(0, I): the problems of data/pid_continuous.csv.
struct GaussianCells {
  std::int64_t classes = 2, transforms = 2, dims = 1;
  std::function<std::vector<double>(std::int64_t y, std::int64_t t)> mean;
};

/// The problem of that name in the file; throws std::invalid_argument for another.
GaussianCells gaussian_cells(const std::string& problem);

/// N rows with their exact posteriors q(y, t | z) [N, cells].
struct PosteriorSample {
  Labels labels;
  Matrix<float> z, posterior;
};

/// Sources of `rows_per_source` rows that share Z's noise and both labels: copies of one another.
PosteriorSample draw_posteriors(const GaussianCells& cells, std::int64_t rows, std::uint64_t seed,
                                std::int64_t rows_per_source = 1);

}  // namespace equinfo::testing
