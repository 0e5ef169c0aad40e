#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/matrix.h"
#include "estimators/cell_means.h"
#include "estimators/joint_probe.h"

/// The sums that linear discriminant analysis is made of, chunk by chunk, so that any set of chunks is fitted without
/// reading data again.
namespace equinfo {

/// Sums over the rows of one chunk, of data centred by the mean of all rows. The scatter does not depend on the labels,
/// so statistics of other labels share it.
struct ChunkSums {
  std::shared_ptr<const Matrix<float>> scatter;  ///< [d, d]
  CellSums cells;
};

/// Sums without rows.
ChunkSums empty_sums(std::shared_ptr<const Matrix<float>> scatter, std::int64_t d, std::int64_t cells);

/// Means of the columns, summed in float64; zero for scaled rows, whose means are but rounding.
std::vector<float> column_means(const ScaledRows& z);

/// Sums of every chunk of the input's folds, of rows less `mean` [d]. N·d² operations; bitwise equal for any number of
/// threads.
std::vector<ChunkSums> sum_chunks(const ProbeInput& input, const std::vector<float>& mean);

/// Sums over all rows of an embedding, about an origin.
struct DataSums {
  Matrix<double> scatter;  ///< [d, d]
  CellSums cells;
  std::vector<float> origin;  ///< [d]
};

/// The scatters of some chunks, added in the order given, [d, d].
Matrix<double> sum_scatters(const std::vector<ChunkSums>& chunks, std::span<const std::int32_t> training_chunks);

/// Sums of the cells over every `stride`-th of the given chunks from the `first` on.
CellSums sum_cells(const std::vector<ChunkSums>& chunks, std::span<const std::int32_t> training_chunks,
                   std::size_t first = 0, std::size_t stride = 1);

}  // namespace equinfo
