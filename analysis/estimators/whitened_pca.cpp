#include "estimators/whitened_pca.h"

#include <algorithm>
#include <cmath>

#include "compute/blas.h"
#include "compute/parallel.h"
#include "core/error.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 512;

/// Row sums are kept apart in this many groups of blocks: enough for threads, few enough for memory.
std::int64_t groups_of(std::int64_t rows, std::int64_t cols) {
  return std::clamp<std::int64_t>((rows + kBlockRows - 1) / kBlockRows, 1, cols > 1024 ? 8 : 32);
}

/// Calls `visit(group, rows)` with the row ranges of each group in order; groups in parallel.
template <class Visit>
void for_each_block(const ScaledRows& z, int threads, const Visit& visit) {
  const std::int64_t groups = groups_of(z.rows(), z.cols());
  const std::int64_t blocks = (z.rows() + kBlockRows - 1) / kBlockRows;
  parallel_for(groups, threads, [&](std::int64_t group) {
    Matrix<float> rows(std::min(kBlockRows, z.rows()), z.cols());
    for (std::int64_t b = blocks * group / groups; b < blocks * (group + 1) / groups; ++b) {
      const auto block = rows.view().middle_rows(0, std::min(kBlockRows, z.rows() - b * kBlockRows));
      z.copy_rows(b * kBlockRows, block);
      visit(group, block);
    }
  });
}

std::vector<double> column_means(const ScaledRows& z, int threads) {
  Matrix<double> sums(groups_of(z.rows(), z.cols()), z.cols());
  for_each_block(z, threads, [&](std::int64_t group, MatrixView<const float> block) {
    const auto sum = sums.row(group);
    for (std::int64_t i = 0; i < block.rows(); ++i) {
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += block.row(i)[j];
    }
  });
  std::vector<double> means(static_cast<std::size_t>(z.cols()));
  for (std::int64_t group = 0; group < sums.rows(); ++group) {
    for (std::size_t j = 0; j < means.size(); ++j) means[j] += sums.row(group)[j];
  }
  for (double& mean : means) mean /= static_cast<double>(z.rows());
  return means;
}

Matrix<double> centred(MatrixView<const float> block, const std::vector<double>& mean) {
  Matrix<double> rows(block.rows(), block.cols());
  for (std::int64_t i = 0; i < block.rows(); ++i) {
    const auto from = block.row(i);
    const auto to = rows.row(i);
    for (std::size_t j = 0; j < to.size(); ++j) to[j] = from[j] - mean[j];
  }
  return rows;
}

Matrix<double> covariance(const ScaledRows& z, const std::vector<double>& mean, int threads) {
  std::vector<Matrix<double>> sums(static_cast<std::size_t>(groups_of(z.rows(), z.cols())));
  for_each_block(z, threads, [&](std::int64_t group, MatrixView<const float> block) {
    auto& sum = sums[static_cast<std::size_t>(group)];
    if (sum.rows() == 0) sum = Matrix<double>(z.cols(), z.cols());
    gram(centred(block, mean), 1.0, sum.view());
  });
  Matrix<double> total(z.cols(), z.cols());
  for (const auto& sum : sums) {
    for (std::int64_t i = 0; i < total.rows(); ++i) {
      for (std::int64_t j = 0; j < total.cols(); ++j) total(i, j) += sum(i, j) / static_cast<double>(z.rows());
    }
  }
  return total;
}

/// +1 or −1: what makes the largest coefficient positive.
double sign_of(std::span<const double> direction) {
  double largest = 0;
  for (const double x : direction) {
    // Coefficients equal but for rounding must not take turns.
    if (std::abs(x) > std::abs(largest) * (1 + 1e-9)) largest = x;
  }
  return largest < 0 ? -1.0 : 1.0;
}

std::int64_t kept_components(const std::vector<double>& ascending, const WhitenedPcaOptions& options) {
  const double smallest = ascending.back() * options.smallest_variance_ratio;
  std::int64_t kept = 0;
  for (auto value = ascending.rbegin(); value != ascending.rend() && kept < options.dims; ++value) {
    if (!(*value > smallest && *value > 0)) break;
    ++kept;
  }
  return kept;
}

}  // namespace

WhitenedPca fit_whitened_pca(const ScaledRows& z, const WhitenedPcaOptions& options) {
  require(z.rows() > 0 && z.cols() > 0, "whitened PCA: z is [{}, {}]", z.rows(), z.cols());
  require(options.dims >= 1, "whitened PCA: dims = {} is below 1", options.dims);
  require(options.smallest_variance_ratio >= 0 && options.smallest_variance_ratio < 1,
          "whitened PCA: smallest_variance_ratio = {} is outside [0, 1)", options.smallest_variance_ratio);
  WhitenedPca pca;
  pca.mean = column_means(z, options.threads);
  const SymmetricEigen eigen = symmetric_eigen(covariance(z, pca.mean, options.threads));
  const std::int64_t kept = kept_components(eigen.values, options);
  pca.directions = Matrix<double>(std::max<std::int64_t>(kept, 1), z.cols());
  double total = 0, explained = 0;
  for (const double value : eigen.values) total += std::max(value, 0.0);
  for (std::int64_t c = 0; c < kept; ++c) {
    const std::int64_t from = z.cols() - 1 - c;
    const double variance = eigen.values[static_cast<std::size_t>(from)];
    const double factor = sign_of(eigen.vectors.row(from)) / std::sqrt(variance);
    for (std::int64_t j = 0; j < z.cols(); ++j) pca.directions(c, j) = factor * eigen.vectors(from, j);
    pca.variances.push_back(variance);
    explained += variance;
  }
  if (kept == 0) pca.variances.push_back(0.0);
  pca.explained = total > 0 ? explained / total : 1.0;
  return pca;
}

Matrix<float> apply(const WhitenedPca& pca, const ScaledRows& z, int threads) {
  require(z.cols() == pca.directions.cols(), "whitened PCA: fitted on {} columns, applied to {}", pca.directions.cols(),
          z.cols());
  Matrix<float> out(z.rows(), pca.kept());
  const std::int64_t blocks = (z.rows() + kBlockRows - 1) / kBlockRows;
  parallel_for(blocks, threads, [&](std::int64_t b) {
    const std::int64_t first = b * kBlockRows;
    Matrix<float> rows(std::min(kBlockRows, z.rows() - first), z.cols());
    z.copy_rows(first, rows.view());
    const auto block = centred(rows, pca.mean);
    Matrix<double> mapped(block.rows(), pca.kept());
    multiply(1.0, block, Transpose::kNo, pca.directions, Transpose::kYes, 0.0, mapped.view());
    for (std::int64_t i = 0; i < mapped.rows(); ++i) {
      std::transform(mapped.row(i).begin(), mapped.row(i).end(), out.row(first + i).begin(),
                     [](double x) { return static_cast<float>(x); });
    }
  });
  return out;
}

}  // namespace equinfo
