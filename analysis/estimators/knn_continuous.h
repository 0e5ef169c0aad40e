#pragma once

#include <span>
#include <string>
#include <vector>

#include "estimators/information.h"
#include "estimators/knn.h"
#include "estimators/labels.h"

namespace equinfo {

/// Nearest neighbours for a discrete Y and a continuous T (after Frenzel & Pompe 2007, with the classes as in Ross
/// 2014). With r_i the k-th smallest max(d_Z, d_T) inside the row's class, and n_a the rows with d < r_i in all the
/// distances named by a, inside the class where a names y, plus one,
///     i(z;y,t) = ψ(k) − ψ(n_ty) − ψ(n_z) + ψ(N)
///     i(z;y)   = ψ(n_zy) − ψ(N_y) − ψ(n_z) + ψ(N)
///     i(z;t)   = ψ(n_zt) − ψ(n_t) − ψ(n_z) + ψ(N),
/// so that the chain rules hold exactly per row. Where several rows share the k-th distance (values of T that repeat,
/// duplicates), all of them count: k becomes the rows at d ≤ r_i, and so do the others (Mesner & Shalizi 2020).
///
/// d_Z is Euclidean on `z` [N, d] as it is (knn_coordinates); options.dims is not looked at. d_T is the largest
/// difference of a component: of normal scores of its ranks, so that no monotone map of T changes anything; of a
/// circular one the angle, the short way round, with variance 1 if it is uniform (circumference √12). T is multiplied
/// by the square root of the total variance of z, so that neither drowns in the other in many dimensions. Rows of one
/// source are neither neighbours nor counted, and N and N_y are the eligible rows + 1.
///
/// Nats; each may be negative. Fails in many dimensions as the discrete one does. Throws std::invalid_argument if T is
/// discrete, shapes disagree, or a class has fewer than k eligible rows. Cost: max_norm_counts's, about N²·(d + p).
RowInformation continuous_knn_information(MatrixView<const float> z, const Labels& labels, const KnnOptions& options);

/// The same for several k ≥ 1, in ascending order, from one search.
std::vector<RowInformation> continuous_knn_curve(MatrixView<const float> z, const Labels& labels,
                                                 std::span<const int> ks, const KnnOptions& options);

/// The largest k that every row has neighbours for: the fewest eligible rows in a class. O(N).
int largest_continuous_knn_k(const Labels& labels);

/// Why a class leaves a row without k neighbours, in one line; empty if none does. O(N).
std::string continuous_knn_refusal(const Labels& labels, int k);

/// The coordinates that distances of T are measured in, [N, p], of standard deviation `spread`, and their periods (0:
/// not circular). O(p · N log N).
struct TransformCoordinates {
  Matrix<double> values;
  std::vector<double> period;
};
TransformCoordinates transform_coordinates(const ContinuousTransform& t, double spread);

}  // namespace equinfo
