#pragma once

#include <string>

#include "estimators/joint_probe.h"

namespace equinfo {

/// Linear discriminant analysis for a continuous T cut into bins: a cell's mean is the average of the means of its
/// class in the bins around it, weighted by their rows and by exp(−D²/2h²), D the distance of the bins in bins (the
/// short way round where T is circular). So neighbouring bins share what they know, and 10 × 32 cells need no more rows
/// than a few smooth curves do. The bandwidth h ∈ {0, ½, 1, 2, 4} bins is chosen in each training by the loss on a
/// quarter of its chunks after training on the others. The covariance is that of lda; the means it smooths are plain
/// ones.
///
/// About 1.5 trainings and scorings of lda, and n·d² operations a scoring.
JointProbe bind_lda_smooth(const ProbeInput& input);

/// Why there is nothing to smooth: T is discrete. Empty if it is continuous.
std::string lda_smooth_refusal(const ProbeInput& input);

}  // namespace equinfo
