#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "estimators/fold_scores.h"
#include "estimators/information.h"

namespace equinfo {

/// What the training rows of one fold read of I(Z;Y,T), each from a gated probe that had three quarters of the fold's
/// training sources and not this row's.
struct InnerReading {
  std::vector<std::int64_t> rows;
  std::vector<double> z_yt;
};

/// A fold to be read at one training size.
struct FoldJob {
  int fold = 0;
  const ReadingPlan* plan = nullptr;
};

/// What is left of a fold's scores once they are read.
struct FoldReading {
  std::vector<std::int64_t> rows;  ///< of the fold, ascending
  RowInformation information;      ///< of these rows, under the gate, nats
  std::array<double, 3> gate{};
  InnerReading inner;
};

/// Does all jobs, on the input's threads and shared out over the team where there is one (compute/team.h). `label` is
/// that of a progress line; empty: none. The result does not depend on threads or team. Cost: score_fold's.
std::vector<FoldReading> read_folds(const ProbeInput& input, const JointProbe& probe, std::span<const FoldJob> jobs,
                                    const std::string& label);

}  // namespace equinfo
