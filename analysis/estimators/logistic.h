#pragma once

#include "estimators/joint_probe.h"

namespace equinfo {

/// Multinomial logistic regression on the joint cells with a ridge penalty,
///
///     min over (A, b):  mean −ln softmax(xᵢ·A + b)[cell_i] + λ/2 · |A|²,
///
/// x whitened by LDA's covariance, by L-BFGS (liblbfgs) from LDA's solution. The path of λ runs from strong to weak,
/// each solution started from the one before, until an eighth of the training chunks, which neither it nor the LDA that
/// it starts from has seen, is predicted worse; the best λ is then fitted on all of them, from all rows' LDA. Where
/// LDA's rule reads more of that eighth, each under a gate of its own, or where there is a single chunk, that rule it
/// remains. Needs no Gaussian shape, unlike LDA; sees nothing that is not linear in z within the cells. Cost:
/// 4·n·d·cells a step of the path's some hundred, 4·n·d² to whiten.
JointProbe bind_logistic(const ProbeInput& input);

/// The same with a penalty λ > 0 (std::invalid_argument) that is given instead of chosen: a single fit.
JointProbe bind_single_logistic(const ProbeInput& input, double penalty);

}  // namespace equinfo
