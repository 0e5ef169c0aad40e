#include "estimators/cell_scatter.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "compute/blas.h"
#include "compute/parallel.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024, kParts = 4;

/// Groups of cells: `group_of` is that of each cell.
Grouping grouped(const CellSums& cells, const Labels& labels, std::int32_t groups,
                 const std::vector<std::int32_t>& group_of) {
  const std::int64_t d = cells.sum.cols();
  Grouping grouping{{}, std::vector<double>(static_cast<std::size_t>(groups)), Matrix<double>(groups, d)};
  std::vector<double> all(static_cast<std::size_t>(d));
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    grouping.group.push_back(group_of[static_cast<std::size_t>(labels.cell(i))]);
  }
  for (std::size_t c = 0; c < group_of.size(); ++c) {
    const auto from = cells.sum.row(static_cast<std::int64_t>(c));
    const auto to = grouping.mean.row(group_of[c]);
    grouping.rows[static_cast<std::size_t>(group_of[c])] += cells.rows[c];
    for (std::size_t j = 0; j < all.size(); ++j) to[j] += from[j], all[j] += from[j];
  }
  for (std::int32_t k = 0; k < groups; ++k) {
    const double n = grouping.rows[static_cast<std::size_t>(k)];
    for (std::size_t j = 0; j < all.size() && n > 0.0; ++j) {
      double& mean = grouping.mean.row(k)[j];
      mean = mean / n - all[j] / static_cast<double>(labels.rows());
    }
  }
  return grouping;
}

}  // namespace

std::span<const std::int64_t> SourceBlocks::block(std::int64_t number) const {
  const auto b = static_cast<std::size_t>(number);
  return {rows.data() + first[b], rows.data() + first[b + 1]};
}

SourceBlocks source_blocks(const Labels& labels) {
  SourceBlocks blocks;
  blocks.rows.resize(labels.source.size());
  std::iota(blocks.rows.begin(), blocks.rows.end(), std::int64_t{0});
  const auto source = [&](std::int64_t row) { return labels.source[static_cast<std::size_t>(row)]; };
  std::ranges::stable_sort(blocks.rows, {}, source);
  blocks.first.push_back(0);
  for (std::size_t i = 1; i < blocks.rows.size(); ++i) {
    if (i - blocks.first.back() >= kBlockRows && source(blocks.rows[i]) != source(blocks.rows[i - 1])) {
      blocks.first.push_back(i);
    }
  }
  blocks.first.push_back(blocks.rows.size());
  return blocks;
}

std::array<Grouping, 3> group_rows(const ScaledRows& z, const Labels& labels) {
  CellSums cells{Matrix<double>(labels.cells(), z.cols()),
                 std::vector<double>(static_cast<std::size_t>(labels.cells()))};
  std::vector<float> row(static_cast<std::size_t>(z.cols()));
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    z.copy_row(i, row);
    const auto sum = cells.sum.row(labels.cell(i));
    ++cells.rows[static_cast<std::size_t>(labels.cell(i))];
    for (std::size_t j = 0; j < row.size(); ++j) sum[j] += row[j];
  }
  return group_rows(cells, labels);
}

std::array<Grouping, 3> group_rows(const CellSums& cells, const Labels& labels) {
  std::vector<std::int32_t> of_class, of_transform, itself;
  for (std::int32_t cell = 0; cell < labels.cells(); ++cell) {
    of_class.push_back(cell / labels.transforms);
    of_transform.push_back(cell % labels.transforms);
    itself.push_back(cell);
  }
  return {grouped(cells, labels, labels.classes, of_class), grouped(cells, labels, labels.transforms, of_transform),
          grouped(cells, labels, labels.cells(), itself)};
}

Matrix<float> residuals(const ScaledRows& z, const Grouping& cells, const std::vector<double>& centre,
                        std::span<const std::int64_t> rows) {
  Matrix<float> residual(static_cast<std::int64_t>(rows.size()), z.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto mean = cells.mean.row(cells.group[static_cast<std::size_t>(rows[i])]);
    const auto to = residual.row(static_cast<std::int64_t>(i));
    z.copy_row(rows[i], to);
    for (std::size_t j = 0; j < to.size(); ++j) to[j] = static_cast<float>(to[j] - centre[j] - mean[j]);
  }
  return residual;
}

Matrix<double> scatter_within(const ScaledRows& z, const Grouping& cells, const std::vector<double>& centre,
                              const SourceBlocks& blocks, int threads) {
  std::vector<Matrix<double>> parts(static_cast<std::size_t>(std::min(blocks.count(), kParts)));
  parallel_for(static_cast<std::int64_t>(parts.size()), threads, [&](std::int64_t part) {
    auto& sum = parts[static_cast<std::size_t>(part)];
    sum = Matrix<double>(z.cols(), z.cols());
    Matrix<float> block(z.cols(), z.cols());
    for (std::int64_t b = part; b < blocks.count(); b += static_cast<std::int64_t>(parts.size())) {
      gram(residuals(z, cells, centre, blocks.block(b)), 0.0F, block.view());
      for (std::int64_t k = 0; k < z.cols() * z.cols(); ++k) sum.data()[k] += block.data()[k];
    }
  });
  for (std::size_t part = 1; part < parts.size(); ++part) {
    for (std::int64_t k = 0; k < z.cols() * z.cols(); ++k) parts[0].data()[k] += parts[part].data()[k];
  }
  return std::move(parts.front());
}

}  // namespace equinfo
