#include "estimators/cell_means.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/blas.h"

namespace equinfo {
namespace {

constexpr int kSweeps = 20;  // of the alternating fit; crossed designs need one, sparse ones several

/// Effects of classes and transformations beside the grand mean.
struct Additive {
  std::vector<double> grand;    // [d]
  Matrix<double> of_class;      // [classes, d]
  Matrix<double> of_transform;  // [transforms, d]
};

double total_rows(const CellSums& sums) {
  double rows = 0.0;
  for (const double n : sums.rows) rows += n;
  return std::max(rows, 1.0);
}

/// One side of the alternation: the effects of one label given the other's, in place.
void fit_effects(const CellSums& sums, std::span<const double> grand, const Matrix<double>& other, bool by_class,
                 double ridge, Matrix<double>& effects) {
  const std::int64_t d = effects.cols();
  const std::int64_t transforms = by_class ? other.rows() : effects.rows();
  std::vector<double> rows(static_cast<std::size_t>(effects.rows()), ridge);
  std::fill_n(effects.data(), effects.rows() * d, 0.0);
  for (std::int64_t cell = 0; cell < sums.sum.rows(); ++cell) {
    const double n = sums.rows[static_cast<std::size_t>(cell)];
    if (n == 0.0) continue;
    const std::int64_t y = cell / transforms, t = cell % transforms;
    const auto effect = effects.row(by_class ? y : t);
    const auto known = other.row(by_class ? t : y), sum = sums.sum.row(cell);
    for (std::size_t j = 0; j < effect.size(); ++j) effect[j] += sum[j] - n * (grand[j] + known[j]);
    rows[static_cast<std::size_t>(by_class ? y : t)] += n;
  }
  for (std::int64_t v = 0; v < effects.rows(); ++v) {
    const double n = rows[static_cast<std::size_t>(v)];
    for (double& value : effects.row(v)) value = n > 0.0 ? value / n : 0.0;
  }
}

Additive fit_additive(const CellSums& sums, const Labels& labels, const EffectWeights& weights) {
  const std::int64_t d = sums.sum.cols();
  Additive fit{std::vector<double>(static_cast<std::size_t>(d), 0.0), Matrix<double>(labels.classes, d),
               Matrix<double>(labels.transforms, d)};
  const double rows = total_rows(sums);
  for (std::int64_t cell = 0; cell < sums.sum.rows(); ++cell) {
    const auto sum = sums.sum.row(cell);
    for (std::size_t j = 0; j < sum.size(); ++j) fit.grand[j] += sum[j] / rows;
  }
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    fit_effects(sums, fit.grand, fit.of_transform, true, weights.class_rows, fit.of_class);
    fit_effects(sums, fit.grand, fit.of_class, false, weights.transform_rows, fit.of_transform);
  }
  return fit;
}

/// What the additive means leave of each cell's mean; zero where there are no rows. [cells, d]
Matrix<double> interactions(const CellSums& sums, const Additive& additive) {
  const std::int64_t transforms = additive.of_transform.rows();
  Matrix<double> left(sums.sum.rows(), sums.sum.cols());
  for (std::int64_t cell = 0; cell < left.rows(); ++cell) {
    const double n = sums.rows[static_cast<std::size_t>(cell)];
    if (n == 0.0) continue;
    const auto a = additive.of_class.row(cell / transforms), b = additive.of_transform.row(cell % transforms);
    const auto sum = sums.sum.row(cell);
    const auto to = left.row(cell);
    for (std::size_t j = 0; j < to.size(); ++j) to[j] = sum[j] / n - additive.grand[j] - a[j] - b[j];
  }
  return left;
}

/// Rows of each class (or transformation).
std::vector<double> label_rows(const CellSums& sums, const Labels& labels, bool by_class) {
  std::vector<double> rows(static_cast<std::size_t>(by_class ? labels.classes : labels.transforms), 0.0);
  for (std::int32_t cell = 0; cell < labels.cells(); ++cell) {
    rows[static_cast<std::size_t>(by_class ? cell / labels.transforms : cell % labels.transforms)] +=
        sums.rows[static_cast<std::size_t>(cell)];
  }
  return rows;
}

/// Effects of one kind as two halves see them, with the rows each is estimated from.
struct EffectPair {
  const Matrix<double>& a;
  const Matrix<double>& b;
  std::vector<double> rows_a, rows_b;
};

/// |L⁻¹ x|² of each row x.
std::vector<double> whitened_squares(const Matrix<double>& rows, MatrixView<const double> factor) {
  Matrix<double> columns(rows.cols(), rows.rows());
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    for (std::int64_t j = 0; j < rows.cols(); ++j) columns(j, i) = rows(i, j);
  }
  solve_lower(factor, columns.view());
  std::vector<double> squares(static_cast<std::size_t>(rows.rows()), 0.0);
  for (std::int64_t j = 0; j < rows.cols(); ++j) {
    for (std::int64_t i = 0; i < rows.rows(); ++i) {
      squares[static_cast<std::size_t>(i)] += columns(j, i) * columns(j, i);
    }
  }
  return squares;
}

/// The weight for effects of one kind; `constraints` of them are fixed by the others.
double weight_of(const EffectPair& pair, double constraints, MatrixView<const double> factor) {
  Matrix<double> sum = pair.a, difference = pair.a;
  for (std::int64_t k = 0; k < sum.rows() * sum.cols(); ++k) {
    sum.data()[k] += pair.b.data()[k];
    difference.data()[k] -= pair.b.data()[k];
  }
  const auto sums = whitened_squares(sum, factor), differences = whitened_squares(difference, factor);
  double effects = 0.0, rows = 0.0, apart = 0.0, together = 0.0;
  for (std::size_t e = 0; e < sums.size(); ++e) {
    if (pair.rows_a[e] == 0.0 || pair.rows_b[e] == 0.0) continue;
    const double weight = pair.rows_a[e] * pair.rows_b[e] / (pair.rows_a[e] + pair.rows_b[e]);
    ++effects;
    rows += weight;
    apart += weight * differences[e];
    together += weight * (sums[e] - differences[e]) / 4.0;
  }
  const double freedom = effects - constraints;
  if (freedom <= 0.0 || together <= 0.0) return std::numeric_limits<double>::infinity();
  const double noise = apart / freedom, size = together / (rows * freedom / effects);
  return noise / size;
}

}  // namespace

Matrix<double> cell_means(const CellSums& sums, const Labels& labels, const EffectWeights& weights) {
  const Additive additive = fit_additive(sums, labels, weights);
  Matrix<double> means = interactions(sums, additive);
  for (std::int64_t cell = 0; cell < means.rows(); ++cell) {
    const double n = sums.rows[static_cast<std::size_t>(cell)];
    const double kept = n > 0.0 ? n / (n + weights.interaction_rows) : 0.0;
    const auto a = additive.of_class.row(cell / labels.transforms);
    const auto b = additive.of_transform.row(cell % labels.transforms);
    const auto mean = means.row(cell);
    for (std::size_t j = 0; j < mean.size(); ++j) mean[j] = additive.grand[j] + a[j] + b[j] + kept * mean[j];
  }
  return means;
}

EffectWeights effect_weights(const CellSums& a, const CellSums& b, const Labels& labels,
                             MatrixView<const double> factor) {
  const Additive of_a = fit_additive(a, labels, {}), of_b = fit_additive(b, labels, {});
  const Matrix<double> left_a = interactions(a, of_a), left_b = interactions(b, of_b);
  const double margins = labels.classes + labels.transforms - 1.0;
  return {
      weight_of({of_a.of_class, of_b.of_class, label_rows(a, labels, true), label_rows(b, labels, true)}, 1.0, factor),
      weight_of({of_a.of_transform, of_b.of_transform, label_rows(a, labels, false), label_rows(b, labels, false)}, 1.0,
                factor),
      weight_of({left_a, left_b, a.rows, b.rows}, margins, factor)};
}

}  // namespace equinfo
