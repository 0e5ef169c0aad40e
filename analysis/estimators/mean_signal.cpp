#include "estimators/mean_signal.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "compute/blas.h"
#include "compute/lane_math.h"
#include "compute/parallel.h"
#include "compute/vectorised.h"
#include "estimators/cell_scatter.h"

namespace equinfo {
namespace {

constexpr double kVarianceFloor = 1e-6;
constexpr std::int64_t kMostNoiseRows = std::int64_t{1} << 15;

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

/// The product of two rows, in float32, sixteen sums at a time.
EQUINFO_VECTORISED double product_of(const float* a, const float* b, std::size_t count) {
  Floats sums{};
  std::size_t j = 0;
  for (; j + kLanes <= count; j += kLanes) sums += lanes_at(a + j) * lanes_at(b + j);
  double sum = 0.0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) sum += sums[lane];
  for (; j < count; ++j) sum += static_cast<double>(a[j]) * b[j];
  return sum;
}

/// What every block needs.
struct Setting {
  const ScaledRows& z;
  const Labels& labels;
  const std::array<Grouping, 3>& groupings;      // class, transformation, cell
  const std::vector<double>& centre;             // of all rows
  std::array<Matrix<float>, 3> directions;       // W⁻¹ m of each group's mean m
  std::array<std::vector<double>, 3> of_centre;  // centre · W⁻¹ m
  Matrix<float> whitening;                       // L⁻ᵀ, upper triangular
  double freedom, dims;                          // n and d of the header

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

/// Values of each row, for classes, transformations and cells.
using RowParts = std::array<std::vector<double>, 3>;

/// The noise of rows of one source.
void add_noise(const Setting& setting, std::span<const std::int64_t> rows, const Matrix<float>& residual,
               std::int64_t first, RowParts& noise) {
  const std::vector<double> common = noise_of_source(setting, nullptr, rows, residual, first);
  for (std::size_t q = 0; q < noise.size(); ++q) {
    const Grouping& grouping = setting.groupings[q];
    const std::vector<double> own =
        rows.size() == 1 ? common : noise_of_source(setting, &grouping, rows, residual, first);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<std::size_t>(rows[i]);
      noise[q][row] =
          own[i] / grouping.rows[static_cast<std::size_t>(grouping.group[row])] - common[i] / setting.rows();
    }
  }
}

/// The noise of the rows of a block of sources.
void add_block_noise(const Setting& setting, std::span<const std::int64_t> rows, RowParts& noise) {
  Matrix<float> white = residuals(setting.z, setting.groupings[2], setting.centre, rows);
  multiply_upper(white.view(), setting.whitening);
  undo_centring(setting, rows, white);
  const auto source = [&](std::size_t i) { return setting.labels.source[static_cast<std::size_t>(rows[i])]; };
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    while (end < rows.size() && source(end) == source(begin)) ++end;
    add_noise(setting, rows.subspan(begin, end - begin), white, static_cast<std::int64_t>(begin), noise);
  }
}

/// (z − m)ᵀ W⁻¹ (m_k − m) of every row of a block: their mean is Σ_k N_k/N |m_k − m|².
void add_block_signal(const Setting& setting, std::span<const std::int64_t> rows, RowParts& signal) {
  std::vector<float> z(static_cast<std::size_t>(setting.z.cols()));
  for (const std::int64_t i : rows) {
    const auto row = static_cast<std::size_t>(i);
    setting.z.copy_row(i, z);
    for (std::size_t q = 0; q < signal.size(); ++q) {
      const std::int32_t group = setting.groupings[q].group[row];
      signal[q][row] = product_of(z.data(), setting.directions[q].row(group).data(), z.size()) -
                       setting.of_centre[q][static_cast<std::size_t>(group)];
    }
  }
}

/// Of more rows than kMostNoiseRows only every so manieth block is looked at; the others' rows have the mean noise of
/// their group.
void fill_in_noise(const Setting& setting, const std::vector<bool>& known, RowParts& noise) {
  for (std::size_t q = 0; q < noise.size(); ++q) {
    const Grouping& grouping = setting.groupings[q];
    std::vector<double> sum(grouping.rows.size()), count(grouping.rows.size());
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (!known[i]) continue;
      sum[static_cast<std::size_t>(grouping.group[i])] += noise[q][i];
      ++count[static_cast<std::size_t>(grouping.group[i])];
    }
    for (std::size_t i = 0; i < known.size(); ++i) {
      const auto group = static_cast<std::size_t>(grouping.group[i]);
      if (known[i]) continue;
      noise[q][i] = count[group] > 0.0 ? sum[group] / count[group]
                                       : setting.dims * (1.0 / grouping.rows[group] - 1.0 / setting.rows());
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

/// Every row's part of the three sums: the signal's, deflated, less the noise's; halved.
RowParts row_parts(const Setting& setting, int threads) {
  const SourceBlocks blocks = source_blocks(setting.labels);
  const std::int64_t stride = (setting.labels.rows() + kMostNoiseRows - 1) / kMostNoiseRows;
  RowParts signal, noise;
  for (auto* parts : {&signal, &noise}) parts->fill(std::vector<double>(setting.labels.y.size()));
  parallel_for(blocks.count(), threads, [&](std::int64_t b) {
    add_block_signal(setting, blocks.block(b), signal);
    if (b % stride == 0) add_block_noise(setting, blocks.block(b), noise);
  });
  std::vector<bool> known(setting.labels.y.size(), false);
  for (std::int64_t b = 0; b < blocks.count(); b += stride) {
    for (const std::int64_t row : blocks.block(b)) known[static_cast<std::size_t>(row)] = true;
  }
  fill_in_noise(setting, known, noise);
  for (std::size_t q = 0; q < signal.size(); ++q) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      signal[q][i] = 0.5 * (setting.deflation() * signal[q][i] - noise[q][i]) / setting.rows();
    }
  }
  return signal;
}

std::vector<double> mean_of(const ScaledRows& z) {
  std::vector<double> mean(static_cast<std::size_t>(z.cols()));
  std::vector<float> row(mean.size());
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    z.copy_row(i, row);
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += row[j];
  }
  for (double& value : mean) value /= static_cast<double>(z.rows());
  return mean;
}

/// The mean of all rows.
std::vector<double> mean_of(const DataSums& sums, double rows) {
  std::vector<double> mean(sums.origin.begin(), sums.origin.end());
  for (std::int64_t cell = 0; cell < sums.cells.sum.rows(); ++cell) {
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] += sums.cells.sum.row(cell)[j] / rows;
  }
  return mean;
}

/// How rows scatter within their cells, from how they scatter about an origin. Nothing where the cells lie so far apart
/// that the difference would be but rounding: chunk scatters are float32.
std::optional<Matrix<double>> scatter_within(const DataSums& sums) {
  constexpr double kFarApart = 100.0;  // largest ratio of between to within: 1e-5 of rounding at most
  const std::int64_t d = sums.scatter.rows(), cells = sums.cells.sum.rows();
  Matrix<double> scaled(cells, d), columns(d, cells), within(d, d);
  for (std::int64_t cell = 0; cell < cells; ++cell) {
    const double n = sums.cells.rows[static_cast<std::size_t>(cell)];
    for (std::int64_t j = 0; j < d && n > 0.0; ++j) {
      columns(j, cell) = scaled(cell, j) = sums.cells.sum(cell, j) / std::sqrt(n);
    }
  }
  gram(scaled, 0.0, within.view());
  for (std::int64_t k = 0; k < d * d; ++k) within.data()[k] = sums.scatter.data()[k] - within.data()[k];
  Matrix<double> factor = within;
  for (std::int64_t j = 0; j < d; ++j) factor(j, j) += least_variance(within);
  try {
    cholesky(factor.view());
  } catch (const std::domain_error&) {
    return std::nullopt;
  }
  solve_lower(factor, columns.view());
  double ratio = 0.0;
  for (std::int64_t k = 0; k < d * cells; ++k) ratio += columns.data()[k] * columns.data()[k];
  if (!(ratio < kFarApart)) return std::nullopt;
  return within;
}

/// Where the means of groups lie in the metric of W⁻¹ = L⁻ᵀ L⁻¹.
void set_directions(Setting& setting, const Matrix<double>& whitening) {
  for (std::size_t q = 0; q < setting.groupings.size(); ++q) {
    const Matrix<double>& mean = setting.groupings[q].mean;
    const Matrix<double> white = times(mean, whitening);
    Matrix<double> direction(mean.rows(), mean.cols());
    multiply(1.0, white, Transpose::kNo, whitening, Transpose::kYes, 0.0, direction.view());
    setting.directions[q] = Matrix<float>(mean.rows(), mean.cols());
    std::copy_n(direction.data(), mean.rows() * mean.cols(), setting.directions[q].data());
    for (std::int64_t k = 0; k < mean.rows(); ++k) {
      setting.of_centre[q].push_back(dot(std::span(setting.centre), setting.directions[q].row(k)));
    }
  }
}

}  // namespace

std::optional<RowInformation> mean_signal(const ScaledRows& z, const Labels& labels, int threads,
                                          const DataSums* sums) {
  const std::array groupings = sums ? group_rows(sums->cells, labels) : group_rows(z, labels);
  const auto used = std::ranges::count_if(groupings[2].rows, [](double n) { return n > 0.0; });
  const double freedom = static_cast<double>(labels.rows() - used);
  if (freedom < 2.0 * (static_cast<double>(z.cols()) + 1.0)) return std::nullopt;

  const std::vector<double> centre = sums ? mean_of(*sums, static_cast<double>(labels.rows())) : mean_of(z);
  std::optional<Matrix<double>> covariance = sums ? scatter_within(*sums) : std::nullopt;
  if (!covariance) covariance = scatter_within(z, groupings[2], centre, source_blocks(labels), threads);
  for (std::int64_t k = 0; k < z.cols() * z.cols(); ++k) covariance->data()[k] /= freedom;
  double varying = 0.0;
  for (std::int64_t j = 0; j < z.cols(); ++j) varying += (*covariance)(j, j) > least_variance(*covariance) ? 1.0 : 0.0;
  if (varying == 0.0) return std::nullopt;
  const Matrix<double> whitening = whitening_of(*std::move(covariance));
  Setting setting{z, labels, groupings, centre, {}, {}, Matrix<float>(z.cols(), z.cols()), freedom, varying};
  std::copy_n(whitening.data(), z.cols() * z.cols(), setting.whitening.data());
  set_directions(setting, whitening);
  RowParts parts = row_parts(setting, threads);
  for (std::vector<double>& values : parts) values_of_parts(values, setting.deflation());
  return RowInformation{std::move(parts[0]), std::move(parts[1]), std::move(parts[2])};
}

}  // namespace equinfo
