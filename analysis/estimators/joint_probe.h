#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/matrix.h"
#include "estimators/labels.h"
#include "estimators/scaled_rows.h"
#include "resampling/source_folds.h"

namespace equinfo {

/// The classifier q(y, t | z) that a joint probe became by training: writes ln q up to a constant per row for each row
/// of `z` [n, d] into `log_scores` [n, cells]; the column of cell (y, t) is y · transforms + t. Called from many
/// threads.
using CellScorer = std::function<void(MatrixView<const float> z, MatrixView<float> log_scores)>;

/// A joint probe bound to one embedding: trains on the rows of the given chunks (of SourceFolds) and returns what it
/// became. Deterministic; called from many threads.
using JointProbe = std::function<CellScorer(std::span<const std::int32_t> training_chunks)>;

class LdaStatistics;
class ProbeDevice;

/// What a probe needs to know to bind itself to an embedding. The references must outlive the probe.
struct ProbeInput {
  ScaledRows z;  ///< [N, d]
  const Labels& labels;
  const SourceFolds& folds;
  const LogPriors& priors;  ///< of the labels of all rows
  std::uint64_t seed = 0;
  int threads = 0;                                     ///< 0: all cores
  std::shared_ptr<const LdaStatistics> lda = nullptr;  ///< of this very input, where they are there already
  const ProbeDevice* device = nullptr;                 ///< that logistic trains on; null: the processor
};

/// One rung of the ladder of probes.
struct ProbeKind {
  std::string name;  ///< as in results.csv
  std::string summary;
  std::function<JointProbe(const ProbeInput&)> bind;
  /// Why the probe has nothing to work with on this input, in one line; empty if it has. Null: it always has.
  std::function<std::string(const ProbeInput&)> refusal;
  bool only_continuous_t = false;         ///< made for a continuous T: where T is discrete it is not even mentioned
  bool may_be_certain_and_wrong = false;  ///< its readings allow for it (allow_for_surprise)
  bool is_lda = false;                    ///< LDA's rule and nothing else: cross-fitted by cross_fit_lda
  bool trains_on_device = false;          ///< can be trained on ProbeInput::device
};

/// All probes there are. A new one is one file and one line in this table (joint_probe.cpp).
const std::vector<ProbeKind>& probe_kinds();

}  // namespace equinfo
