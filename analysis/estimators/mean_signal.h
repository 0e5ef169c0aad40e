#pragma once

#include <optional>

#include "estimators/chunk_sums.h"
#include "estimators/information.h"
#include "estimators/labels.h"
#include "estimators/scaled_rows.h"

namespace equinfo {

/// How far the means of classes, transformations and cells lie apart, without any probe that would have to learn where:
/// ½ tr(W⁻¹ B) for the between-group covariance B and the within-cell covariance W. Where groups are normal about
/// their means it bounds the information from above, ½ log det(1 + W⁻¹B) ≤ ½ tr(W⁻¹B), and is close to it while it is
/// well below one nat. It is unbiased however faint the signal: with n = N − cells,
///
///     ½ [(n − d − 1)/n · Σ_k N_k/N |m_k − m|² − noise],   |·| in the metric of the sample's W,
///
/// the factor undoing the inverse's inflation (Anderson 2003, Section 7.7) and the noise being that of the means,
/// clustered by source. Each row's part is written so that its mean is the estimate and its clustered standard error
/// the delete-one-source jackknife's, which is too large by a factor of √2 where there is no signal (Efron & Stein
/// 1981). Values are of use for their means and errors only.
///
/// Empty where W is not known well enough, n < 2(d + 1). `sums`, of these rows and labels, save reading them for W,
/// unless cells lie so far apart that W were but rounding. The noise is read off 2¹⁵ rows at most, which is far more
/// than its mean needs; it cost N·d² otherwise. Bitwise equal for any number of threads.
std::optional<RowInformation> mean_signal(const ScaledRows& z, const Labels& labels, int threads,
                                          const DataSums* sums = nullptr);

}  // namespace equinfo
