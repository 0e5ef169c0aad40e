#include "estimators/cell_scatter.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "compute/blas.h"
#include "compute/parallel.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024, kParts = 4;

Grouping grouped(MatrixView<const float> z, std::int32_t groups, std::vector<std::int32_t> group) {
  Grouping grouping{std::move(group), std::vector<double>(static_cast<std::size_t>(groups)),
                    Matrix<double>(groups, z.cols())};
  std::vector<double> all(static_cast<std::size_t>(z.cols()));
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const std::int32_t k = grouping.group[static_cast<std::size_t>(i)];
    const auto sum = grouping.mean.row(k);
    ++grouping.rows[static_cast<std::size_t>(k)];
    for (std::size_t j = 0; j < all.size(); ++j) sum[j] += z.row(i)[j], all[j] += z.row(i)[j];
  }
  for (std::int32_t k = 0; k < groups; ++k) {
    const double n = grouping.rows[static_cast<std::size_t>(k)];
    for (std::size_t j = 0; j < all.size() && n > 0.0; ++j) {
      double& mean = grouping.mean.row(k)[j];
      mean = mean / n - all[j] / static_cast<double>(z.rows());
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

std::array<Grouping, 3> group_rows(MatrixView<const float> z, const Labels& labels) {
  std::vector<std::int32_t> cell(labels.y.size());
  for (std::int64_t i = 0; i < labels.rows(); ++i) cell[static_cast<std::size_t>(i)] = labels.cell(i);
  return {grouped(z, labels.classes, labels.y), grouped(z, labels.transforms, labels.t),
          grouped(z, labels.cells(), std::move(cell))};
}

Matrix<float> residuals(MatrixView<const float> z, const Grouping& cells, const std::vector<double>& centre,
                        std::span<const std::int64_t> rows) {
  Matrix<float> residual(static_cast<std::int64_t>(rows.size()), z.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto from = z.row(rows[i]);
    const auto mean = cells.mean.row(cells.group[static_cast<std::size_t>(rows[i])]);
    const auto to = residual.row(static_cast<std::int64_t>(i));
    for (std::size_t j = 0; j < to.size(); ++j) to[j] = static_cast<float>(from[j] - centre[j] - mean[j]);
  }
  return residual;
}

Matrix<double> scatter_within(MatrixView<const float> z, const Grouping& cells, const std::vector<double>& centre,
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
