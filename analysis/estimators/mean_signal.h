#pragma once

#include <optional>

#include "core/matrix.h"
#include "estimators/information.h"
#include "estimators/labels.h"

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
/// Empty where W is not known well enough, n < 2(d + 1). About 2·N·d² operations, bitwise equal for any number of
/// threads.
std::optional<RowInformation> mean_signal(MatrixView<const float> z, const Labels& labels, int threads);

}  // namespace equinfo
