#pragma once

#include <string>

#include "estimators/joint_probe.h"

namespace equinfo {

/// Which cells (y, t) share a covariance.
enum class Grouping { kClass, kTransformation, kCell };

/// Quadratic discriminant analysis in the joint cells: p(z | y, t) = N(m_yt, Σ_g), with one covariance for each group g
/// of cells. In coordinates whitened by the pooled covariance, each Σ_g is shrunk towards its own mean variance times
/// the identity by the OAS intensity (Chen, Wiesel, Eldar & Hero 2010, eq. 23), so that a pure difference in scale is
/// learnt from few rows and everything else only as far as the rows carry it.
///
/// Sees codes in variances and correlations, which LDA cannot. Throws std::invalid_argument with qda_refusal's words.
/// Cost of a training: 2·n·d² + groups·d³; of scoring: 2·n·d²·groups.
JointProbe bind_qda(const ProbeInput& input, Grouping grouping);

/// Why this grouping has too little to work with (a group of fewer rows than dimensions); empty if it has enough.
std::string qda_refusal(const ProbeInput& input, Grouping grouping);

}  // namespace equinfo
