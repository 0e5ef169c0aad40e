#pragma once

#include <cstdint>
#include <string>

#include "core/matrix.h"
#include "estimators/information.h"
#include "estimators/labels.h"
#include "resampling/clustered.h"

namespace equinfo {

struct QuantizedOptions {
  int codewords = 64;                      ///< of k-means, ≥ 2; fewer are made where there are fewer distinct rows
  std::string correction = "grassberger";  ///< of entropy_corrections()
  int jackknife_groups = 20;               ///< groups of sources left out in turn, in each half, ≥ 2
  std::uint64_t seed = 0;                  ///< of the halves, the codebooks and the groups
  int threads = 0;                         ///< 0: all cores; the result does not depend on it
};

/// The informations of a quantized representation Q(Z), in nats.
struct QuantizedInformation {
  /// [N] each; their means are the values below. The row's plug-in term, ln p̂(q,y)/(p̂(q) p̂(y)) and so on, plus the
  /// correction, which belongs to no row and is spread over the rows of a half evenly.
  RowInformation rows;
  /// Corrected values with their jackknife errors: whole groups of sources are left out, the codebooks stay.
  ClusteredMean z_y, z_t, z_yt, synergy, z_y_given_t, z_t_given_y;
  std::int64_t codewords = 0;  ///< of the smaller codebook
};

/// I(Q(Z);Y), I(Q(Z);T), I(Q(Z);Y,T) and S of Q(Z), where Q maps a point to the nearest codeword of k-means. Codewords
/// are fitted on one half of the sources and counted on the other, then with the halves exchanged; the two results are
/// averaged by rows. Every entropy in H(Q) + H(Y) − H(Q,Y) is corrected in the same way.
///
/// By the data-processing inequality I(Q(Z);Y) ≤ I(Z;Y), and likewise for T, (Y,T) and the conditional informations:
/// lower bounds up to the error of the correction. **The synergy has no such guarantee**: S of Q(Z) may lie on either
/// side of S of Z. Corrections suppose independent rows; rows that share a source leave a bias that they do not see.
/// With few rows to a bin (codewords · cells near N/2 and above) every correction is rough.
///
/// z [N, d], of one common scale. Throws std::invalid_argument if shapes disagree, for options out of range or fewer
/// than 4 sources; std::domain_error where the correction is undefined (Chao–Shen when all bins are singletons).
/// Cost: fit_codebook's for each half, and 2 · jackknife_groups · 7 entropies.
QuantizedInformation quantized_information(MatrixView<const float> z, const Labels& labels,
                                           const QuantizedOptions& options);

}  // namespace equinfo
