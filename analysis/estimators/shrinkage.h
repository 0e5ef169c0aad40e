#pragma once

#include "core/matrix.h"

namespace equinfo {

/// The oracle-approximating intensity ρ ∈ [0, 1] with which a sample covariance S [d, d] of `freedom` degrees of
/// freedom should be shrunk to (1 − ρ)·S + ρ·(tr S / d)·I (Chen, Wiesel, Eldar & Hero 2010, eq. 23):
///     ρ = ((1 − 2/d) tr S² + tr² S) / ((freedom + 1 − 2/d)(tr S² − tr² S / d)).
/// 1 where S is a multiple of the identity already. d² operations.
double oas_intensity(MatrixView<const double> covariance, double freedom);

}  // namespace equinfo
