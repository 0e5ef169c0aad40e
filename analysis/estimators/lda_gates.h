#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "estimators/cross_fit.h"
#include "estimators/joint_probe.h"
#include "estimators/rule_set.h"

/// The gates of LDA's cross-fit (lda_cross_fit.h).
namespace equinfo {

/// The rows that gates are fitted on, chunk after chunk, held in memory because every fold but their own asks for them.
struct GateSample {
  Matrix<float> z;
  std::vector<std::int64_t> row;    ///< of z among all rows
  std::vector<std::int64_t> first;  ///< of each chunk, and the end
};
/// `of_chunks` as gate_rows gives them.
GateSample sample_rows(const ScaledRows& rows, const std::vector<std::vector<std::int64_t>>& of_chunks, int threads);

/// The rules that were fitted for one fold.
struct RuleTable {
  const std::vector<Parts>& sets;  ///< that were trained on
  std::size_t inputs;
  std::vector<LinearRule> rules;  ///< of set s and input i at s · inputs + i

  const LinearRule& at(const Parts& parts, std::size_t input) const;
};

struct FittedGate {
  std::array<double, 3> gate{};
  InnerReading inner;  ///< of the rows that it was fitted on
};
/// The gates of one fold; of training size s and input i at s · inputs + i.
std::vector<FittedGate> fit_gates(std::span<const ProbeInput> inputs, int fold, const std::vector<TrainingSize>& sizes,
                                  const RuleTable& rules, const GateSample& sample);

}  // namespace equinfo
