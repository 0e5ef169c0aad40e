#include "estimators/chunk_sums.h"

#include <algorithm>
#include <utility>

#include "compute/blas.h"
#include "compute/parallel.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;

CellSums empty_cells(std::int64_t d, std::int64_t cells) {
  return {Matrix<double>(cells, d), std::vector<double>(static_cast<std::size_t>(cells))};
}

void add_scatter(const Matrix<float>& centred, std::int64_t rows, Matrix<float>& block, Matrix<double>& scatter) {
  gram(centred.view().middle_rows(0, rows), 0.0F, block.view());
  for (std::int64_t k = 0; k < scatter.rows() * scatter.cols(); ++k) scatter.data()[k] += block.data()[k];
}

ChunkSums sum_chunk(const ProbeInput& input, const std::vector<float>& mean, const std::vector<std::int64_t>& rows) {
  const std::int64_t d = input.z.cols(), cells = input.labels.cells();
  ChunkSums sums = empty_sums(nullptr, d, cells);
  Matrix<float> centred(std::min<std::int64_t>(kBlockRows, static_cast<std::int64_t>(rows.size())), d), block(d, d);
  Matrix<double> scatter(d, d);
  std::int64_t filled = 0;
  for (const std::int64_t i : rows) {
    const auto from = input.z.row(i);
    const auto to = centred.row(filled++);
    const std::int32_t cell = input.labels.cell(i);
    const auto cell_sum = sums.cells.sum.row(cell);
    ++sums.cells.rows[static_cast<std::size_t>(cell)];
    for (std::size_t j = 0; j < to.size(); ++j) {
      to[j] = from[j] - mean[j];
      cell_sum[j] += to[j];
    }
    if (filled == centred.rows()) add_scatter(centred, std::exchange(filled, 0), block, scatter);
  }
  if (filled > 0) add_scatter(centred, filled, block, scatter);
  const auto rounded = std::make_shared<Matrix<float>>(d, d);
  std::copy_n(scatter.data(), d * d, rounded->data());
  sums.scatter = rounded;
  return sums;
}

}  // namespace

ChunkSums empty_sums(std::shared_ptr<const Matrix<float>> scatter, std::int64_t d, std::int64_t cells) {
  return {std::move(scatter), empty_cells(d, cells)};
}

std::vector<float> column_means(MatrixView<const float> z) {
  std::vector<double> sum(static_cast<std::size_t>(z.cols()), 0.0);
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const auto row = z.row(i);
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += row[j];
  }
  std::vector<float> mean(sum.size());
  for (std::size_t j = 0; j < sum.size(); ++j) mean[j] = static_cast<float>(sum[j] / static_cast<double>(z.rows()));
  return mean;
}

std::vector<ChunkSums> sum_chunks(const ProbeInput& input, const std::vector<float>& mean) {
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(input.folds.chunks()));
  for (std::int64_t i = 0; i < input.z.rows(); ++i) {
    rows[static_cast<std::size_t>(input.folds.chunk[static_cast<std::size_t>(i)])].push_back(i);
  }
  std::vector<ChunkSums> chunks(rows.size());
  parallel_for(static_cast<std::int64_t>(rows.size()), input.threads, [&](std::int64_t c) {
    chunks[static_cast<std::size_t>(c)] = sum_chunk(input, mean, rows[static_cast<std::size_t>(c)]);
  });
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

TrainingSums sum_training(const std::vector<ChunkSums>& chunks, std::span<const std::int32_t> training_chunks) {
  const std::int64_t d = chunks.front().scatter->rows();
  TrainingSums sums{Matrix<double>(d, d), sum_cells(chunks, training_chunks), 0.0};
  for (const std::int32_t c : training_chunks) {
    const ChunkSums& chunk = chunks[static_cast<std::size_t>(c)];
    for (std::int64_t k = 0; k < d * d; ++k) sums.scatter.data()[k] += chunk.scatter->data()[k];
  }
  for (const double n : sums.cells.rows) sums.rows += n;
  return sums;
}

}  // namespace equinfo
