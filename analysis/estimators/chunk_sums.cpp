#include "estimators/chunk_sums.h"

#include <algorithm>
#include <utility>

#include "compute/blas.h"
#include "compute/parallel.h"
#include "compute/vectorised.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 2048;

CellSums empty_cells(std::int64_t d, std::int64_t cells) {
  return {Matrix<double>(cells, d), std::vector<double>(static_cast<std::size_t>(cells))};
}

EQUINFO_VECTORISED void centre_row(float* row, const float* mean, double* sum, std::size_t count) {
  for (std::size_t j = 0; j < count; ++j) {
    row[j] -= mean[j];
    sum[j] += row[j];
  }
}

/// Adds some rows of a chunk to its sums and to its scatter.
void add_rows(const ProbeInput& input, const std::vector<float>& mean, std::span<const std::int64_t> rows,
              CellSums& cells, Matrix<float>& scatter) {
  const std::int64_t d = input.z.cols(), count = static_cast<std::int64_t>(rows.size());
  Matrix<float> centred(std::min(kBlockRows, count), d), block(d, d);
  Matrix<double> sum(d, d);
  for (std::int64_t first = 0; first < count; first += kBlockRows) {
    const auto of_block = centred.view().middle_rows(0, std::min(kBlockRows, count - first));
    input.z.gather(rows.subspan(static_cast<std::size_t>(first)), of_block);
    for (std::int64_t i = 0; i < of_block.rows(); ++i) {
      const std::int32_t cell = input.labels.cell(rows[static_cast<std::size_t>(first + i)]);
      ++cells.rows[static_cast<std::size_t>(cell)];
      centre_row(of_block.row(i).data(), mean.data(), cells.sum.row(cell).data(), mean.size());
    }
    gram(of_block, 0.0F, block.view());
    for (std::int64_t k = 0; k < d * d; ++k) sum.data()[k] += block.data()[k];
  }
  for (std::int64_t k = 0; k < d * d; ++k) scatter.data()[k] = static_cast<float>(scatter.data()[k] + sum.data()[k]);
}

}  // namespace

ChunkSums empty_sums(std::shared_ptr<const Matrix<float>> scatter, std::int64_t d, std::int64_t cells) {
  return {std::move(scatter), empty_cells(d, cells)};
}

std::vector<float> column_means(const ScaledRows& z) {
  std::vector<double> sum(static_cast<std::size_t>(z.cols()), 0.0);
  if (!z.scale().empty()) return {sum.begin(), sum.end()};
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const auto row = z.raw().row(i);
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += row[j];
  }
  std::vector<float> mean(sum.size());
  for (std::size_t j = 0; j < sum.size(); ++j) mean[j] = static_cast<float>(sum[j] / static_cast<double>(z.rows()));
  return mean;
}

std::vector<ChunkSums> sum_chunks(const ProbeInput& input, const std::vector<float>& mean) {
  const auto rows = rows_of_chunks(input.folds);
  const std::int64_t d = input.z.cols();
  std::vector<Matrix<float>> scatters(rows.size(), Matrix<float>(d, d));
  std::vector<ChunkSums> chunks(rows.size(), empty_sums(nullptr, d, input.labels.cells()));
  const std::vector<std::int64_t> bounds = window_bounds(input.z);
  for (std::size_t w = 0; w + 1 < bounds.size(); ++w) {
    parallel_for(static_cast<std::int64_t>(rows.size()), input.threads, [&](std::int64_t chunk) {
      const auto c = static_cast<std::size_t>(chunk);
      add_rows(input, mean, rows_within(rows[c], bounds[w], bounds[w + 1]), chunks[c].cells, scatters[c]);
    });
  }
  for (std::size_t c = 0; c < rows.size(); ++c) {
    chunks[c].scatter = std::make_shared<const Matrix<float>>(std::move(scatters[c]));
  }
  return chunks;
}

CellSums sum_cells(const std::vector<ChunkSums>& chunks, std::span<const std::int32_t> training_chunks,
                   std::size_t first, std::size_t stride) {
  const CellSums& shape = chunks.front().cells;
  CellSums sums = empty_cells(shape.sum.cols(), shape.sum.rows());
  for (std::size_t c = first; c < training_chunks.size(); c += stride) {
    const CellSums& chunk = chunks[static_cast<std::size_t>(training_chunks[c])].cells;
    for (std::int64_t k = 0; k < sums.sum.rows() * sums.sum.cols(); ++k) sums.sum.data()[k] += chunk.sum.data()[k];
    for (std::size_t k = 0; k < sums.rows.size(); ++k) sums.rows[k] += chunk.rows[k];
  }
  return sums;
}

Matrix<double> sum_scatters(const std::vector<ChunkSums>& chunks, std::span<const std::int32_t> training_chunks) {
  const std::int64_t d = chunks.front().scatter->rows();
  Matrix<double> sum(d, d);
  for (const std::int32_t c : training_chunks) {
    const float* scatter = chunks[static_cast<std::size_t>(c)].scatter->data();
    for (std::int64_t k = 0; k < d * d; ++k) sum.data()[k] += scatter[k];
  }
  return sum;
}

}  // namespace equinfo
