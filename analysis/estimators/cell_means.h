#pragma once

#include <vector>

#include "core/matrix.h"
#include "estimators/labels.h"

namespace equinfo {

/// Sums of the rows of each cell over some training rows, about any common origin.
struct CellSums {
  Matrix<double> sum;        ///< [cells, d]
  std::vector<double> rows;  ///< [cells]
};

/// By how many rows of evidence effects are pulled towards zero: an effect estimated from n rows keeps n/(n + weight)
/// of itself. Infinity leaves nothing of it.
struct EffectWeights {
  double class_rows = 0.0, transform_rows = 0.0, interaction_rows = 1.0;
};

/// Means of the cells as m_yt = µ + α_y + β_t + γ_yt, each effect pulled towards zero: α and β by alternating least
/// squares with their weights as ridge (balanced or not), then γ from what is left of the cell. A cell without rows
/// gets µ + α_y + β_t. [cells, d]; O(cells · d).
Matrix<double> cell_means(const CellSums& sums, const Labels& labels, const EffectWeights& weights);

/// Empirical-Bayes weights (Efron & Morris 1973) from two disjoint halves of the training rows, A and B. For the
/// effects of one kind, in the metric of the within-cell covariance, with ω = n_A n_B/(n_A + n_B) and `freedom` of them
/// free,
///
///     noise of one row  ν = Σ ω |e_A − e_B|² / freedom,     size  σ² = Σ ω ⟨e_A, e_B⟩ / (Σ ω · freedom/effects),
///
/// and the weight is ν/σ²; infinite where σ² ≤ 0. ⟨e_A, e_B⟩ has no noise of its own in it, so that σ² is unbiased
/// whatever the metric. `factor` [d, d] is the covariance's lower Cholesky factor. O(cells · d²).
EffectWeights effect_weights(const CellSums& a, const CellSums& b, const Labels& labels,
                             MatrixView<const double> factor);

}  // namespace equinfo
