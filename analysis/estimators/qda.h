#pragma once

#include "estimators/joint_probe.h"

namespace equinfo {

/// Quadratic discriminant analysis in the joint cells: p(z | y, t) = N(m_yt, Σ_g), with one covariance for each group g
/// of cells: all of a class, all of a transformation, or each cell by itself, whichever predicts an eighth of the
/// training sources best. In coordinates whitened by the pooled covariance, each Σ_g is shrunk towards its own mean
/// variance times the identity by the OAS intensity, so that a pure difference in scale is learnt from few rows and
/// everything else only as far as the rows carry it.
///
/// Sees codes in variances and correlations, which LDA cannot. Groups of fewer rows than dimensions are not offered.
/// Cost of a training: n·d² for each grouping; of scoring: n·d²·groups.
JointProbe bind_qda(const ProbeInput& input);

/// Why quadratic discriminant analysis has nothing to work with here, or empty: "qda: class 7 has 50 rows …".
std::string qda_refusal(const ProbeInput& input);

}  // namespace equinfo
