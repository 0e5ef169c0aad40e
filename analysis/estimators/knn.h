#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "estimators/information.h"
#include "estimators/labels.h"
#include "neighbors/pair_scanner.h"

namespace equinfo {

/// How the nearest-neighbour estimators look at Z.
struct KnnOptions {
  int k = 5;        ///< neighbours, ≥ 1; small k: less bias, more variance
  int dims = 16;    ///< whitened principal components to keep at most; 0: Z as it is, neither reduced nor whitened
  int threads = 0;  ///< 0: one for each core; the result does not depend on it
  NeighborEngine engine = NeighborEngine::kAuto;  ///< the result does not depend on it
  bool show_progress = false;                     ///< a progress line on standard error if it takes long
  /// Rows to read, ascending; all rows are still their neighbours. Empty: all. Not for a continuous T.
  std::vector<std::int64_t> anchors = {};
};

/// The coordinates distances are measured in: Z mapped by a whitened PCA of at most `dims` components that was fitted
/// on all rows without labels, or a copy of Z for dims = 0. To run several estimators on one Z, compute this once and
/// give it to them with dims = 0. Cost: WhitenedPca's.
///
/// Z is whitened even where it has no more than `dims` columns, so that no coordinate's scale matters: with one of the
/// two coordinates of G06 multiplied by 100, I(Z;T) reads .61 whitened and .27 as it is (truth .60). The price, where
/// the scales happen to be right already (one-hot means in isotropic noise, N = 2000): none in 1–2 columns, .01 nats at
/// 10–15 columns (G02, G10), but .07 of I(Z;T) for G19 (14) and .05 of I(Z;Y) for G17 (16).
Matrix<float> knn_coordinates(MatrixView<const float> z, const KnnOptions& options);

/// Shared-radius nearest neighbours for two discrete labels: all informations from one radius a row, so that every
/// chain rule holds exactly per row (after Ross 2014 and Mesner & Shalizi 2020). With r_i the distance to the k-th
/// neighbour inside the row's own cell (y, t), n_c the rows at D ≤ r_i in its cell / class / transformation / anywhere,
/// N_c the sizes of these, and ψ the digamma function,
///     i(z;y,t) = ψ(n_yt) − ψ(N_yt) − ψ(n_all) + ψ(N)
///     i(z;y)   = ψ(n_y)  − ψ(N_y)  − ψ(n_all) + ψ(N)      i(z;t) likewise.
/// Rows of one source are not independent: they are neither neighbours nor counted, and N_c is the number of eligible
/// rows + 1 (which is the size where every row is its own source).
/// Where T is continuous, the estimator is that of knn_continuous.h.
///
/// z [N, d], finite. Nats; each may be negative. A second opinion for at most about 10 effective dimensions: beyond,
/// it falls short of I(Z;Y) and may overstate the synergy. Needs no particular scale when dims > 0. Never give it rows
/// drawn with replacement: duplicates have distance zero.
/// Throws std::invalid_argument if shapes disagree, z is not finite, or a row has fewer than k eligible neighbours in
/// its cell, naming class and transformation. Cost: shared_radius's (neighbors/shared_radius.h), about N²·dims.
/// Where `options.anchors` names rows, the contributions are of those alone, in their order.
RowInformation knn_information(MatrixView<const float> z, const Labels& labels, const KnnOptions& options);

/// The same for several k ≥ 1, in ascending order, from one search: the cost of about two k. `options.k` is not looked
/// at. Throws also if `ks` is empty or does not ascend.
std::vector<RowInformation> knn_curve(MatrixView<const float> z, const Labels& labels, std::span<const int> ks,
                                      const KnnOptions& options);

/// The largest k that every row has neighbours for: the fewest eligible rows in a row's cell. O(N log N).
int largest_knn_k(const Labels& labels);

/// Why these labels leave a row without k neighbours to look for, in one line; empty if every row has them. O(N).
std::string knn_refusal(const Labels& labels, int k);

/// Ross's estimator of I(Z;label) with a radius of its own, inside the label's class (Ross 2014, eq. 2):
///     i(z;label) = ψ(N) + ψ(n_c) − ψ(N_c) − ψ(m),   m = rows at D ≤ r_i of any class,
/// n_c the same inside the class (= k unless distances tie). Same exclusion of sources, units and errors as above.
/// Against the shared radius it diagnoses bias: the radius is smaller where cells are.
enum class LabelChoice { kClass, kTransformation };
std::vector<double> ross_information(MatrixView<const float> z, const Labels& labels, LabelChoice label,
                                     const KnnOptions& options);

}  // namespace equinfo
