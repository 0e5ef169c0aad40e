#include "estimators/mean_signal.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compute/blas.h"
#include "compute/parallel.h"
#include "estimators/cell_scatter.h"

namespace equinfo {
namespace {

constexpr double kVarianceFloor = 1e-6;

/// Variance below which a column tells nothing.
double least_variance(const Matrix<double>& covariance) {
  double trace = 0.0;
  for (std::int64_t j = 0; j < covariance.rows(); ++j) trace += covariance(j, j);
  return kVarianceFloor * trace / static_cast<double>(covariance.rows());
}

/// L⁻ᵀ for the covariance L·Lᵀ: rows times it have unit covariance.
Matrix<double> whitening_of(Matrix<double> covariance) {
  const std::int64_t d = covariance.rows();
  const double floor = least_variance(covariance);
  for (std::int64_t j = 0; j < d; ++j) covariance(j, j) += floor;
  cholesky(covariance.view());
  Matrix<double> inverse(d, d), transposed(d, d);
  for (std::int64_t j = 0; j < d; ++j) inverse(j, j) = 1.0;
  solve_lower(covariance, inverse.view());
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = 0; j < d; ++j) transposed(i, j) = inverse(j, i);
  }
  return transposed;
}

Matrix<double> times(const Matrix<double>& rows, const Matrix<double>& matrix) {
  Matrix<double> product(rows.rows(), matrix.cols());
  multiply(1.0, rows, Transpose::kNo, matrix, Transpose::kNo, 0.0, product.view());
  return product;
}

template <class A, class B>
double dot(std::span<A> a, std::span<B> b) {
  double sum = 0.0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
  return sum;
}

/// What every block needs; all rows and means are whitened.
struct Setting {
  const Labels& labels;
  const std::array<Grouping, 3>& groupings;  // class, transformation, cell
  double freedom, dims;                      // n and d of the header

  double rows() const { return static_cast<double>(labels.rows()); }
  /// By how much W⁻¹ is smaller than the sample's inverse.
  double deflation() const { return (freedom - dims - 1.0) / freedom; }
  double cell_rows(std::int64_t row) const {
    return groupings[2].rows[static_cast<std::size_t>(groupings[2].group[static_cast<std::size_t>(row)])];
  }
};

/// Scales residuals up for what the cell's own mean takes from them.
void undo_centring(const Setting& setting, std::span<const std::int64_t> rows, Matrix<float>& residual) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double n = setting.cell_rows(rows[i]);
    const auto scale = static_cast<float>(n > 1.0 ? std::sqrt(n / (n - 1.0)) : 0.0);
    for (float& x : residual.row(static_cast<std::int64_t>(i))) x *= scale;
  }
}

/// e_r · Σ e_r' over the rows r' of r's source and group (of the source if `group` is null), for the rows [first, end)
/// of a block, which are a source. The residual of a row alone in its cell is unknown: its square is what all have on
/// average.
std::vector<double> noise_of_source(const Setting& setting, const Grouping* grouping,
                                    std::span<const std::int64_t> rows, const Matrix<float>& residual,
                                    std::int64_t first) {
  if (rows.size() == 1) {
    const auto e = residual.row(first);
    return {setting.cell_rows(rows[0]) <= 1.0 ? setting.dims : dot(e, e)};
  }
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto group = [&](std::size_t i) { return grouping ? grouping->group[static_cast<std::size_t>(rows[i])] : 0; };
  std::ranges::stable_sort(order, {}, group);
  std::vector<double> noise(rows.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    std::vector<double> sum(static_cast<std::size_t>(residual.cols()), 0.0);
    for (end = begin; end < order.size() && group(order[end]) == group(order[begin]); ++end) {
      const auto e = residual.row(first + static_cast<std::int64_t>(order[end]));
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += e[j];
    }
    for (std::size_t i = begin; i < end; ++i) {
      const bool alone = setting.cell_rows(rows[order[i]]) <= 1.0;
      const auto e = residual.row(first + static_cast<std::int64_t>(order[i]));
      noise[order[i]] = alone ? setting.dims : dot(e, std::span(sum));
    }
  }
  return noise;
}

/// Each row's part of Σ_k N_k/N |m_k − m|², deflated, less its part of the noise; halved. For rows of one source.
void add_source(const Setting& setting, std::span<const std::int64_t> rows, const Matrix<float>& residual,
                std::int64_t first, const std::array<std::vector<double>*, 3>& parts) {
  const double n = setting.rows(), deflation = setting.deflation();
  const std::vector<double> common = noise_of_source(setting, nullptr, rows, residual, first);
  const Grouping& cells = setting.groupings[2];
  for (std::size_t q = 0; q < parts.size(); ++q) {
    const Grouping& grouping = setting.groupings[q];
    const std::vector<double> own = noise_of_source(setting, &grouping, rows, residual, first);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<std::size_t>(rows[i]);
      const auto mean = grouping.mean.row(grouping.group[row]);
      const double n_cell = setting.cell_rows(rows[i]);
      const double shrink = n_cell > 1.0 ? std::sqrt((n_cell - 1.0) / n_cell) : 0.0;
      const double between = shrink * dot(residual.row(first + static_cast<std::int64_t>(i)), mean) +
                             dot(cells.mean.row(cells.group[row]), mean);
      const double noise = own[i] / grouping.rows[static_cast<std::size_t>(grouping.group[row])] - common[i] / n;
      (*parts[q])[row] = 0.5 * (deflation * between - noise) / n;
    }
  }
}

/// Turns parts of a sum into values with this sum for a mean, and the jackknife's error: leaving a source out changes
/// the sum by twice its part, because each part is of pairs, and by more as the source pulled W towards itself.
void values_of_parts(std::vector<double>& parts, double deflation) {
  const auto n = static_cast<double>(parts.size());
  double sum = 0.0;
  for (const double part : parts) sum += part;
  for (double& part : parts) part = sum + 2.0 * (n * part - sum) / deflation;
}

/// Fills in every row's part of the three sums; `plain` are the cells before they were whitened.
void add_parts(MatrixView<const float> z, const Setting& setting, const Grouping& plain,
               const std::vector<double>& centre, const Matrix<float>& whitening, const SourceBlocks& blocks,
               const std::array<std::vector<double>*, 3>& parts, int threads) {
  parallel_for(blocks.count(), threads, [&](std::int64_t b) {
    const std::span rows = blocks.block(b);
    const Matrix<float> distance = residuals(z, plain, centre, rows);
    Matrix<float> white(distance.rows(), distance.cols());
    multiply(1.0F, distance, Transpose::kNo, whitening, Transpose::kNo, 0.0F, white.view());
    undo_centring(setting, rows, white);
    const auto source = [&](std::size_t i) { return setting.labels.source[static_cast<std::size_t>(rows[i])]; };
    for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
      while (end < rows.size() && source(end) == source(begin)) ++end;
      add_source(setting, rows.subspan(begin, end - begin), white, static_cast<std::int64_t>(begin), parts);
    }
  });
}

std::vector<double> mean_of(MatrixView<const float> z) {
  std::vector<double> mean(static_cast<std::size_t>(z.cols()));
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += z.row(i)[j];
  }
  for (double& value : mean) value /= static_cast<double>(z.rows());
  return mean;
}

}  // namespace

std::optional<RowInformation> mean_signal(MatrixView<const float> z, const Labels& labels, int threads) {
  std::array groupings = group_rows(z, labels);
  const auto used = std::ranges::count_if(groupings[2].rows, [](double n) { return n > 0.0; });
  const double freedom = static_cast<double>(labels.rows() - used);
  if (freedom < 2.0 * (static_cast<double>(z.cols()) + 1.0)) return std::nullopt;

  const std::vector<double> centre = mean_of(z);
  const SourceBlocks blocks = source_blocks(labels);
  const Grouping plain = groupings[2];
  Matrix<double> covariance = scatter_within(z, plain, centre, blocks, threads);
  for (std::int64_t k = 0; k < z.cols() * z.cols(); ++k) covariance.data()[k] /= freedom;
  double varying = 0.0;
  for (std::int64_t j = 0; j < z.cols(); ++j) varying += covariance(j, j) > least_variance(covariance) ? 1.0 : 0.0;
  if (varying == 0.0) return std::nullopt;
  const Matrix<double> whitening = whitening_of(std::move(covariance));
  Matrix<float> rounded(z.cols(), z.cols());
  std::copy_n(whitening.data(), z.cols() * z.cols(), rounded.data());
  for (Grouping& grouping : groupings) grouping.mean = times(grouping.mean, whitening);

  const Setting setting{labels, groupings, freedom, varying};
  RowInformation signal = zero_information(labels.y.size());
  const std::array parts{&signal.z_y, &signal.z_t, &signal.z_yt};
  add_parts(z, setting, plain, centre, rounded, blocks, parts, threads);
  for (std::vector<double>* values : parts) values_of_parts(*values, setting.deflation());
  return signal;
}

}  // namespace equinfo
