#include "estimators/scaled_rows.h"

#include <algorithm>
#include <cmath>

#include "compute/parallel.h"
#include "compute/vectorised.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 2048;

EQUINFO_VECTORISED void scale_row(const float* from, const double* mean, const double* scale, std::size_t count,
                                  float* to) {
  for (std::size_t j = 0; j < count; ++j) to[j] = static_cast<float>((from[j] - mean[j]) * scale[j]);
}

/// Sums over rows of the distance from a pivot and of its square.
struct ColumnSums {
  std::vector<double> sum, squares;
};

EQUINFO_VECTORISED void add_row(const float* row, const double* pivot, std::size_t count, double* sum,
                                double* squares) {
  for (std::size_t j = 0; j < count; ++j) {
    const double distance = row[j] - pivot[j];
    sum[j] += distance;
    squares[j] += distance * distance;
  }
}

ColumnSums sum_block(MatrixView<const float> block, const std::vector<double>& pivot) {
  ColumnSums sums{std::vector<double>(pivot.size()), std::vector<double>(pivot.size())};
  for (std::int64_t i = 0; i < block.rows(); ++i) {
    add_row(block.row(i).data(), pivot.data(), pivot.size(), sums.sum.data(), sums.squares.data());
  }
  return sums;
}

MatrixView<const float> block_of(MatrixView<const float> z, std::int64_t b) {
  return z.middle_rows(b * kBlockRows, std::min(kBlockRows, z.rows() - b * kBlockRows));
}

/// Sums over all rows, added block by block.
ColumnSums sum_columns(MatrixView<const float> z, const std::vector<double>& pivot, int threads) {
  std::vector<ColumnSums> blocks(static_cast<std::size_t>((z.rows() + kBlockRows - 1) / kBlockRows));
  parallel_for(static_cast<std::int64_t>(blocks.size()), threads,
               [&](std::int64_t b) { blocks[static_cast<std::size_t>(b)] = sum_block(block_of(z, b), pivot); });
  ColumnSums total{std::vector<double>(pivot.size()), std::vector<double>(pivot.size())};
  for (const ColumnSums& block : blocks) {
    for (std::size_t j = 0; j < pivot.size(); ++j) {
      total.sum[j] += block.sum[j];
      total.squares[j] += block.squares[j];
    }
  }
  return total;
}

/// What each column is multiplied by, given the columns' means and standard deviations: one common scale, 1 / median,
/// so that rotated data stay rotated; but a column further than kFarScale from the median is brought to 1 by itself,
/// because shrinkage knows one scale only. A column that is constant but for float32 rounding becomes zero.
std::vector<double> column_scales(const std::vector<double>& mean, const std::vector<double>& deviation) {
  constexpr double kFarScale = 30.0, kRounding = 1e-7;
  const auto varies = [&](std::size_t j) { return deviation[j] > kRounding * std::abs(mean[j]); };
  std::vector<double> varying;
  for (std::size_t j = 0; j < deviation.size(); ++j) {
    if (varies(j)) varying.push_back(deviation[j]);
  }
  std::vector<double> scales(deviation.size(), 0.0);
  if (varying.empty()) return scales;
  const auto middle = varying.begin() + static_cast<std::ptrdiff_t>(varying.size() / 2);
  std::ranges::nth_element(varying, middle);
  for (std::size_t j = 0; j < scales.size(); ++j) {
    const double ratio = deviation[j] / *middle;
    const bool near = ratio < kFarScale && ratio > 1.0 / kFarScale;
    if (varies(j)) scales[j] = 1.0 / (near ? *middle : deviation[j]);
  }
  return scales;
}

}  // namespace

ScaledRows::ScaledRows(MatrixView<const float> raw, std::vector<double> mean, std::vector<double> scale)
    : raw_(raw), columns_(std::make_shared<const Columns>(Columns{std::move(mean), std::move(scale)})) {}

void ScaledRows::copy_row(std::int64_t row, std::span<float> to) const {
  const auto from = raw_.row(row);
  if (!columns_) {
    std::ranges::copy(from, to.begin());
  } else {
    scale_row(from.data(), columns_->mean.data(), columns_->scale.data(), to.size(), to.data());
  }
}

void ScaledRows::copy_rows(std::int64_t first, MatrixView<float> to) const {
  for (std::int64_t i = 0; i < to.rows(); ++i) copy_row(first + i, to.row(i));
}

void ScaledRows::gather(std::span<const std::int64_t> rows, MatrixView<float> to) const {
  for (std::int64_t i = 0; i < to.rows(); ++i) copy_row(rows[static_cast<std::size_t>(i)], to.row(i));
}

LargeMatrix ScaledRows::all(int threads) const {
  LargeMatrix rows(raw_.rows(), raw_.cols());
  parallel_for((raw_.rows() + kBlockRows - 1) / kBlockRows, threads, [&](std::int64_t b) {
    copy_rows(b * kBlockRows, rows.view().middle_rows(b * kBlockRows, block_of(raw_, b).rows()));
  });
  return rows;
}

std::vector<std::int64_t> window_bounds(const ScaledRows& rows) {
  constexpr std::int64_t kWindowFloats = std::int64_t{1} << 28;
  const std::int64_t size = std::max<std::int64_t>(1, kWindowFloats / std::max<std::int64_t>(1, rows.cols()));
  std::vector<std::int64_t> bounds;
  for (std::int64_t first = 0; first < rows.rows(); first += size) bounds.push_back(first);
  bounds.push_back(rows.rows());
  return bounds;
}

std::span<const std::int64_t> rows_within(std::span<const std::int64_t> rows, std::int64_t first, std::int64_t end) {
  return {std::ranges::lower_bound(rows, first), std::ranges::lower_bound(rows, end)};
}

ScaledRows standardised_rows(MatrixView<const float> z, int threads) {
  const auto columns = static_cast<std::size_t>(z.cols());
  const auto n = static_cast<double>(z.rows());
  // Distances from about the mean, so that squares of a large offset do not eat the variance.
  const std::vector<double> zero(columns, 0.0);
  std::vector<double> pivot = sum_block(block_of(z, 0), zero).sum;
  for (double& value : pivot) value /= static_cast<double>(block_of(z, 0).rows());
  const ColumnSums sums = sum_columns(z, pivot, threads);
  std::vector<double> mean(columns), deviation(columns);
  for (std::size_t j = 0; j < columns; ++j) {
    const double distance = sums.sum[j] / n;
    mean[j] = pivot[j] + distance;
    deviation[j] = std::sqrt(std::max(0.0, sums.squares[j] / n - distance * distance));
  }
  std::vector<double> scale = column_scales(mean, deviation);
  return {z, std::move(mean), std::move(scale)};
}

}  // namespace equinfo
