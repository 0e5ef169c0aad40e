#pragma once

#include "estimators/joint_probe.h"

namespace equinfo {

/// A multilayer perceptron on top of linear discriminant analysis: with x the data whitened by LDA's covariance,
///
///     ln q(y,t|z) = LDA's scores + x·A + relu(x·W₁ + b₁)·W₂ + b₂ + constant,
///
/// A = W₂ = 0 at the start, so that training begins at LDA and leaves it only for something that predicts the labels of
/// held-out sources better: Adam on the joint cross-entropy, early stopping on an eighth of the training sources.
/// Sees curved and variance codes that LDA cannot; costs sample size for it. Every weight starts from the seed and the
/// training set, and one training runs on one thread. Cost: about 6·n·(d·h + d·cells + h·cells) an epoch.
JointProbe bind_mlp(const ProbeInput& input);

}  // namespace equinfo
