#pragma once

#include "estimators/joint_probe.h"

namespace equinfo {

/// Linear discriminant analysis in the joint cells (y, t): p(z | y, t) = N(m_yt, Σ) with one pooled within-cell
/// covariance, shrunk towards a multiple of the identity by the OAS intensity (Chen, Wiesel, Eldar & Hero 2010, eq. 23),
///
///     ln q(y,t|z) = ln p(y,t) + zᵀ Σ⁻¹ m_yt − ½ m_ytᵀ Σ⁻¹ m_yt + constant.
///
/// Because every cell has a mean of its own, it sees interactions of Y and T (an XOR) that a linear probe on z and a
/// one-hot label cannot; it cannot see codes in the variance of z. A cell mean is pulled towards the additive one,
/// m_y + m_t − m, with the weight of one row, which also serves cells without training rows.
///
/// Binding reads the data once (N·d² operations); every training after that sums chunk statistics and costs d³/3 +
/// 2·d²·cells. Memory: (d + cells)·d floats for each chunk. Rotations and shifts of z change nothing but rounding.
JointProbe bind_lda(const ProbeInput& input);

}  // namespace equinfo
