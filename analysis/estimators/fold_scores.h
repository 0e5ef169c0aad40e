#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/matrix.h"
#include "estimators/joint_probe.h"

namespace equinfo {

/// Which quarters (parts) of a fold's training sources are used.
using Parts = std::vector<int>;

/// A probe that helps to fit a gate: trained on some quarters of the training sources, it scores another one.
struct GateScores {
  Parts trained_on;
  int scored = 0;
};

/// How a fold is read at one training size. Neither the probe nor its gate ever sees the fold: the gate is fitted on
/// quarters of the training sources that the probes which score them have not seen.
struct ReadingPlan {
  Parts parts;  ///< that the probe trains on
  std::vector<GateScores> gate;
};

/// All training sources. No quarter is left over to fit a gate on, so that four probes on three quarters each score the
/// fourth: the gate of a probe that had 3/4 of the sources, which closes a little further than it need.
ReadingPlan full_reading();
/// A half of the training sources; the same probe scores the other half for its gate.
ReadingPlan half_reading(int half);
/// A quarter; the same probe scores the next quarter for its gate, so that the rows a gate is fitted on are in
/// proportion to those the probe trains on, and the gate's own error follows the learning curve.
ReadingPlan quarter_reading(int quarter);

/// The training chunks of a fold that these parts are made of.
std::vector<std::int32_t> training_chunks(const SourceFolds& folds, int test_fold, const Parts& parts);

/// The rows of each chunk that gates are fitted on: evenly spaced ones, in all no more than about 2¹⁵ of N, nor more
/// than 2²⁵ scores; a gate's three coefficients cost some 3/(2n) nats, n the rows it looks at.
std::vector<std::vector<std::int64_t>> gate_rows(const SourceFolds& folds, const Labels& labels);

/// One probe's scores of the rows of one fold, with a gate for them.
struct FoldScores {
  std::vector<std::int64_t> rows;  ///< of the fold, ascending
  Matrix<float> scores;            ///< ln q(y, t | z) of these rows up to a constant a row, [rows, cells]
  std::array<double, 3> gate{};
  std::vector<std::int64_t> inner_rows;  ///< the training rows that the gate was fitted on
  std::vector<double> inner_z_yt;        ///< what each of them reads of I(Z;Y,T) under that gate, in nats
};

/// Trains a probe on a fold's training sources, scores the fold and fits the gate; on the calling thread. Trainings:
/// one, and one more for each entry of the plan's gate that needs another probe.
FoldScores score_fold(const ProbeInput& input, const JointProbe& probe, int fold, const ReadingPlan& plan);

}  // namespace equinfo
