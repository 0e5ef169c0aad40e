#include "estimators/cell_means.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/blas.h"

namespace equinfo {
namespace {

constexpr int kSweeps = 20;         // of the alternating fit; crossed designs need one, sparse ones several
constexpr double kSettled = 1e-13;  // of the largest effect: what moves by less has settled

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

/// Rows of each class (or transformation).
std::vector<double> label_rows(const CellSums& sums, const Labels& labels, bool by_class) {
  std::vector<double> rows(static_cast<std::size_t>(by_class ? labels.classes : labels.transforms), 0.0);
  for (std::int32_t cell = 0; cell < labels.cells(); ++cell) {
    rows[static_cast<std::size_t>(by_class ? cell / labels.transforms : cell % labels.transforms)] +=
        sums.rows[static_cast<std::size_t>(cell)];
  }
  return rows;
}

/// One side of the alternation: the effects of one label given the other's.
struct EffectFit {
  bool by_class;
  std::int64_t transforms;
  const std::vector<double>& cell_rows;
  Matrix<double> sum;        // over each effect's rows, less the grand mean's part
  std::vector<double> rows;  // of each effect, and its ridge

  EffectFit(const CellSums& sums, const Labels& labels, std::span<const double> grand, bool of_class, double ridge);
  double largest() const;
  bool update(const Matrix<double>& other, double settled, Matrix<double>& effects) const;
};

EffectFit::EffectFit(const CellSums& sums, const Labels& labels, std::span<const double> grand, bool of_class,
                     double ridge)
    : by_class(of_class),
      transforms(labels.transforms),
      cell_rows(sums.rows),
      sum(of_class ? labels.classes : labels.transforms, sums.sum.cols()),
      rows(label_rows(sums, labels, of_class)) {
  for (std::int64_t cell = 0; cell < sums.sum.rows(); ++cell) {
    const double n = cell_rows[static_cast<std::size_t>(cell)];
    const auto from = sums.sum.row(cell);
    const auto to = sum.row(by_class ? cell / transforms : cell % transforms);
    for (std::size_t j = 0; j < to.size(); ++j) to[j] += from[j] - n * grand[j];
  }
  for (double& n : rows) n += ridge;
}

/// The largest effect there would be without the other label's.
double EffectFit::largest() const {
  double most = 0.0;
  for (std::int64_t v = 0; v < sum.rows(); ++v) {
    const double n = rows[static_cast<std::size_t>(v)];
    for (const double value : sum.row(v)) most = std::max(most, n > 0.0 ? std::abs(value) / n : 0.0);
  }
  return most;
}

/// Whether an effect moved by more than `settled`.
bool EffectFit::update(const Matrix<double>& other, double settled, Matrix<double>& effects) const {
  Matrix<double> left = sum;
  for (std::size_t cell = 0; cell < cell_rows.size(); ++cell) {
    const std::int64_t y = static_cast<std::int64_t>(cell) / transforms,
                       t = static_cast<std::int64_t>(cell) % transforms;
    const auto known = other.row(by_class ? t : y);
    const auto to = left.row(by_class ? y : t);
    for (std::size_t j = 0; j < to.size(); ++j) to[j] -= cell_rows[cell] * known[j];
  }
  unsigned moved = 0;
  for (std::int64_t v = 0; v < left.rows(); ++v) {
    const double share = rows[static_cast<std::size_t>(v)] > 0.0 ? 1.0 / rows[static_cast<std::size_t>(v)] : 0.0;
    const auto from = left.row(v), to = effects.row(v);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const double value = share * from[j];
      moved |= static_cast<unsigned>(std::abs(value - to[j]) > settled);
      to[j] = value;
    }
  }
  return moved != 0;
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
  const EffectFit of_class(sums, labels, fit.grand, true, weights.class_rows);
  const EffectFit of_transform(sums, labels, fit.grand, false, weights.transform_rows);
  const double settled = kSettled * std::max(of_class.largest(), of_transform.largest());
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    const bool class_moved = of_class.update(fit.of_transform, settled, fit.of_class);
    const bool transform_moved = of_transform.update(fit.of_class, settled, fit.of_transform);
    if (!class_moved && !transform_moved) break;
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

/// The same sums in coordinates in which a covariance, given its factor, is the identity.
CellSums whitened(const CellSums& sums, MatrixView<const double> factor) {
  CellSums white{Matrix<double>(sums.sum.rows(), sums.sum.cols()), sums.rows};
  Matrix<double> columns(sums.sum.cols(), sums.sum.rows());
  for (std::int64_t cell = 0; cell < columns.cols(); ++cell) {
    for (std::int64_t j = 0; j < columns.rows(); ++j) columns(j, cell) = sums.sum(cell, j);
  }
  solve_lower(factor, columns.view());
  for (std::int64_t cell = 0; cell < columns.cols(); ++cell) {
    for (std::int64_t j = 0; j < columns.rows(); ++j) white.sum(cell, j) = columns(j, cell);
  }
  return white;
}

/// Effects of one kind as two halves see them, with the rows each is estimated from.
struct EffectPair {
  const Matrix<double>& a;
  const Matrix<double>& b;
  std::vector<double> rows_a, rows_b;
};

/// The weight for effects of one kind in white coordinates; `constraints` of them are fixed by the others.
double weight_of(const EffectPair& pair, double constraints) {
  double effects = 0.0, rows = 0.0, apart = 0.0, together = 0.0;
  for (std::size_t e = 0; e < pair.rows_a.size(); ++e) {
    if (pair.rows_a[e] == 0.0 || pair.rows_b[e] == 0.0) continue;
    const double weight = pair.rows_a[e] * pair.rows_b[e] / (pair.rows_a[e] + pair.rows_b[e]);
    const auto a = pair.a.row(static_cast<std::int64_t>(e)), b = pair.b.row(static_cast<std::int64_t>(e));
    ++effects;
    rows += weight;
    for (std::size_t j = 0; j < a.size(); ++j) {
      apart += weight * (a[j] - b[j]) * (a[j] - b[j]);
      together += weight * a[j] * b[j];
    }
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
  const CellSums white_a = whitened(a, factor), white_b = whitened(b, factor);
  const Additive of_a = fit_additive(white_a, labels, {}), of_b = fit_additive(white_b, labels, {});
  const Matrix<double> left_a = interactions(white_a, of_a), left_b = interactions(white_b, of_b);
  const double margins = labels.classes + labels.transforms - 1.0;
  const auto of_labels = [&](const Matrix<double>& effects_a, const Matrix<double>& effects_b, bool by_class) {
    return weight_of({effects_a, effects_b, label_rows(a, labels, by_class), label_rows(b, labels, by_class)}, 1.0);
  };
  return {of_labels(of_a.of_class, of_b.of_class, true), of_labels(of_a.of_transform, of_b.of_transform, false),
          weight_of({left_a, left_b, a.rows, b.rows}, margins)};
}

}  // namespace equinfo
