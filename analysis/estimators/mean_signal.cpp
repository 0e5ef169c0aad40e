#include "estimators/mean_signal.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compute/blas.h"
#include "compute/parallel.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;
constexpr std::int64_t kCovarianceParts = 4;
constexpr double kVarianceFloor = 1e-6;

/// Rows in the order of their sources, cut into blocks of whole sources.
struct SourceBlocks {
  std::vector<std::int64_t> rows;
  std::vector<std::size_t> first;  // of each block, and the end
};

SourceBlocks blocks_of(const Labels& labels) {
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

/// One way to group the rows: by class, by transformation or by cell.
struct Grouping {
  std::vector<std::int32_t> group;  // of each row
  std::vector<double> rows;         // of each group
  Matrix<double> mean;              // [groups, d], about the mean of all rows
};

Grouping group_rows(std::int32_t groups, std::vector<std::int32_t> group) {
  Grouping grouping{std::move(group), std::vector<double>(static_cast<std::size_t>(groups)), {}};
  for (const std::int32_t k : grouping.group) ++grouping.rows[static_cast<std::size_t>(k)];
  return grouping;
}

void add_means(Grouping& grouping, MatrixView<const float> z) {
  grouping.mean = Matrix<double>(static_cast<std::int64_t>(grouping.rows.size()), z.cols());
  std::vector<double> all(static_cast<std::size_t>(z.cols()));
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const auto sum = grouping.mean.row(grouping.group[static_cast<std::size_t>(i)]);
    for (std::size_t j = 0; j < all.size(); ++j) sum[j] += z.row(i)[j], all[j] += z.row(i)[j];
  }
  for (std::int64_t k = 0; k < grouping.mean.rows(); ++k) {
    const double n = grouping.rows[static_cast<std::size_t>(k)];
    for (std::size_t j = 0; j < all.size() && n > 0.0; ++j) {
      double& mean = grouping.mean.row(k)[j];
      mean = mean / n - all[j] / static_cast<double>(z.rows());
    }
  }
}

/// The rows' distances from the means of their cells, for some rows.
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

/// The within-cell scatter of all rows.
Matrix<double> scatter_within(MatrixView<const float> z, const Grouping& cells, const std::vector<double>& centre,
                              const SourceBlocks& blocks, int threads) {
  const auto count = static_cast<std::int64_t>(blocks.first.size()) - 1;
  std::vector<Matrix<double>> parts(static_cast<std::size_t>(std::min(count, kCovarianceParts)));
  parallel_for(static_cast<std::int64_t>(parts.size()), threads, [&](std::int64_t part) {
    auto& sum = parts[static_cast<std::size_t>(part)];
    sum = Matrix<double>(z.cols(), z.cols());
    Matrix<float> block(z.cols(), z.cols());
    for (auto b = static_cast<std::size_t>(part); b + 1 < blocks.first.size(); b += parts.size()) {
      const std::span rows(blocks.rows.data() + blocks.first[b], blocks.rows.data() + blocks.first[b + 1]);
      gram(residuals(z, cells, centre, rows), 0.0F, block.view());
      for (std::int64_t k = 0; k < z.cols() * z.cols(); ++k) sum.data()[k] += block.data()[k];
    }
  });
  for (std::size_t part = 1; part < parts.size(); ++part) {
    for (std::int64_t k = 0; k < z.cols() * z.cols(); ++k) parts[0].data()[k] += parts[part].data()[k];
  }
  return std::move(parts.front());
}

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

}  // namespace

std::optional<RowInformation> mean_signal(MatrixView<const float> z, const Labels& labels, int threads) {
  std::vector<std::int32_t> cell(labels.y.size());
  for (std::int64_t i = 0; i < labels.rows(); ++i) cell[static_cast<std::size_t>(i)] = labels.cell(i);
  std::array groupings{group_rows(labels.classes, labels.y), group_rows(labels.transforms, labels.t),
                       group_rows(labels.cells(), std::move(cell))};
  const double used = static_cast<double>(std::ranges::count_if(groupings[2].rows, [](double n) { return n > 0.0; }));
  const double freedom = static_cast<double>(labels.rows()) - used;
  if (freedom < 2.0 * (static_cast<double>(z.cols()) + 1.0)) return std::nullopt;

  std::vector<double> centre(static_cast<std::size_t>(z.cols()));
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    for (std::size_t j = 0; j < centre.size(); ++j) centre[j] += z.row(i)[j] / static_cast<double>(z.rows());
  }
  for (Grouping& grouping : groupings) add_means(grouping, z);
  const SourceBlocks blocks = blocks_of(labels);
  Matrix<double> covariance = scatter_within(z, groupings[2], centre, blocks, threads);
  double varying = 0.0;
  for (std::int64_t k = 0; k < z.cols() * z.cols(); ++k) covariance.data()[k] /= freedom;
  for (std::int64_t j = 0; j < z.cols(); ++j) varying += covariance(j, j) > least_variance(covariance) ? 1.0 : 0.0;
  if (varying == 0.0) return std::nullopt;
  const Matrix<double> whitening = whitening_of(std::move(covariance));
  Matrix<float> rounded(z.cols(), z.cols());
  std::copy_n(whitening.data(), z.cols() * z.cols(), rounded.data());
  const Grouping plain_cells = groupings[2];
  for (Grouping& grouping : groupings) grouping.mean = times(grouping.mean, whitening);

  const Setting setting{labels, groupings, freedom, varying};
  RowInformation signal = zero_information(labels.y.size());
  const std::array parts{&signal.z_y, &signal.z_t, &signal.z_yt};
  parallel_for(static_cast<std::int64_t>(blocks.first.size()) - 1, threads, [&](std::int64_t b) {
    const auto block = static_cast<std::size_t>(b);
    const std::span rows(blocks.rows.data() + blocks.first[block], blocks.rows.data() + blocks.first[block + 1]);
    const Matrix<float> plain = residuals(z, plain_cells, centre, rows);
    Matrix<float> white(plain.rows(), plain.cols());
    multiply(1.0F, plain, Transpose::kNo, rounded, Transpose::kNo, 0.0F, white.view());
    undo_centring(setting, rows, white);
    for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
      const auto source = labels.source[static_cast<std::size_t>(rows[begin])];
      while (end < rows.size() && labels.source[static_cast<std::size_t>(rows[end])] == source) ++end;
      add_source(setting, rows.subspan(begin, end - begin), white, static_cast<std::int64_t>(begin), parts);
    }
  });
  for (std::vector<double>* values : parts) values_of_parts(*values, setting.deflation());
  return signal;
}

}  // namespace equinfo
