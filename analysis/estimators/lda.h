#pragma once

#include <memory>
#include <span>
#include <vector>

#include "estimators/chunk_sums.h"
#include "estimators/joint_probe.h"

namespace equinfo {

/// A linear classifier: ln q(cell | z) = zᵀ·weights + bias, up to a constant per row.
struct LinearRule {
  Matrix<float> weights;    ///< [d, cells]
  std::vector<float> bias;  ///< [cells]
};

/// Writes the rule's scores of each row of `z` [n, d] into `log_scores` [n, cells]. 2·n·d·cells operations.
void apply_rule(const LinearRule& rule, MatrixView<const float> z, MatrixView<float> log_scores);

/// What linear discriminant analysis learns from a training set.
struct LdaFit {
  LinearRule rule;
  std::vector<double> centre;  ///< [d] mean of all rows
  Matrix<double> means;        ///< [cells, d] means of the cells, about the centre
  Matrix<double> factor;       ///< [d, d] lower Cholesky factor of the shrunk pooled covariance
};

/// How the cells' means are estimated.
enum class CellMeans {
  kShrunk,  ///< main effects and interactions shrunk by empirical-Bayes weights (cell_means.h)
  kPlain    ///< the cell's own, pulled towards the additive mean m_y + m_t − m with the weight of one row
};

/// Fits linear discriminant analysis on the rows of any set of chunks, from statistics of the chunks that are gathered
/// once.
class LdaStatistics {
 public:
  /// Reads the data once: N·d² operations; (d + 2·cells)·d floats of memory for each chunk.
  explicit LdaStatistics(const ProbeInput& input);

  /// The same for other labels of the same rows and chunks, such as permuted ones: only the cells' sums are gathered
  /// anew, N·d operations on the calling thread. `input` must have the z and folds of the first one; its labels must
  /// outlive the result. Bitwise what the constructor gives.
  LdaStatistics relabelled(const ProbeInput& input) const;

  /// The same for labels whose cells are unions of these, such as the class alone: sums are added up and no data are
  /// read. As relabelled, but for the order in which float64 numbers are added.
  LdaStatistics merged(const ProbeInput& input) const;

  /// d³/3 + 4·d²·cells operations. Safe from any thread. A single chunk has no halves to choose weights by: plain.
  LdaFit fit(std::span<const std::int32_t> training_chunks, CellMeans how = CellMeans::kShrunk) const;
  /// The same from the chunks' scatter, which other labels share.
  LdaFit fit(std::span<const std::int32_t> training_chunks, Matrix<double> scatter,
             CellMeans how = CellMeans::kShrunk) const;
  /// Of all rows.
  DataSums totals() const;
  /// The scatter of some chunks about the mean of all rows, [d, d].
  Matrix<double> scatter(std::span<const std::int32_t> chunks) const;

 private:
  struct Data;
  explicit LdaStatistics(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;  // never changes, so that copies cost nothing
};

/// The input's own statistics where it has them, else gathered now.
LdaStatistics lda_statistics(const ProbeInput& input);

/// Linear discriminant analysis in the joint cells (y, t): p(z | y, t) = N(m_yt, Σ) with one pooled within-cell
/// covariance, shrunk towards a multiple of the identity by the OAS intensity (Chen, Wiesel, Eldar & Hero 2010, eq.
/// 23),
///
///     ln q(y,t|z) = ln p(y,t) + zᵀ Σ⁻¹ m_yt − ½ m_ytᵀ Σ⁻¹ m_yt + constant.
///
/// Because every cell has a mean of its own, it sees interactions of Y and T (an XOR) that a linear probe on z and a
/// one-hot label cannot; it cannot see codes in the variance of z. The means are shrunk effect by effect: a
/// transformation that Z does not tell costs nothing, rare classes lean on the others, and of hundreds of cells only
/// the interactions that repeat themselves in both halves of the training rows remain.
///
/// Costs are those of LdaStatistics. Rotations and shifts of z change nothing but rounding.
JointProbe bind_lda(const ProbeInput& input);

}  // namespace equinfo
