#include "estimators/lda_gates.h"

#include <algorithm>

#include "compute/parallel.h"
#include "estimators/gate.h"

namespace equinfo {
namespace {

/// What the gates of one fold are fitted with.
struct Setting {
  std::span<const ProbeInput> inputs;
  int fold;
  const std::vector<TrainingSize>& sizes;
  const RuleTable& rules;
  const GateSample& sample;

  /// The sampled rows of one quarter of the fold's training sources.
  std::vector<std::int64_t> rows_of_part(int part) const {
    std::vector<std::int64_t> rows;
    for (const std::int32_t chunk : training_chunks(inputs.front().folds, fold, {part})) {
      const auto c = static_cast<std::size_t>(chunk);
      rows.insert(rows.end(), sample.row.begin() + sample.first[c], sample.row.begin() + sample.first[c + 1]);
    }
    return rows;
  }
  /// Those that a plan's gate is fitted on.
  std::vector<std::int64_t> rows_of_plan(const ReadingPlan& plan) const {
    std::vector<std::int64_t> rows;
    for (const GateScores& gate : plan.gate) {
      const std::vector<std::int64_t> more = rows_of_part(gate.scored);
      rows.insert(rows.end(), more.begin(), more.end());
    }
    return rows;
  }
};

/// The gates that look at one quarter's rows, and the rules that score these for them.
struct Scoring {
  std::vector<const LinearRule*> rules;
  std::vector<std::size_t> job;      // of the gate that each rule scores for
  std::vector<std::int64_t> column;  // where the quarter's rows begin among that gate's
};

Scoring scoring_of(const Setting& setting, int part) {
  Scoring scoring;
  for (std::size_t s = 0; s < setting.sizes.size(); ++s) {
    std::int64_t column = 0;
    for (const GateScores& gate : setting.sizes[s].plan.gate) {
      for (std::size_t i = 0; i < setting.inputs.size() && gate.scored == part; ++i) {
        scoring.rules.push_back(&setting.rules.at(gate.trained_on, i));
        scoring.job.push_back(s * setting.inputs.size() + i);
        scoring.column.push_back(column);
      }
      column += static_cast<std::int64_t>(setting.rows_of_part(gate.scored).size());
    }
  }
  return scoring;
}

/// Scores one quarter's rows for every gate that looks at them.
void score_part(const Setting& setting, int part, std::vector<Matrix<float>>& scores) {
  const Scoring scoring = scoring_of(setting, part);
  const RuleSet set = side_by_side(scoring.rules);
  const auto& first_of = setting.sample.first;
  std::int64_t done = 0;
  Matrix<float> block(set.columns(), set.block_rows());
  for (const std::int32_t chunk : training_chunks(setting.inputs.front().folds, setting.fold, {part})) {
    const auto c = static_cast<std::size_t>(chunk);
    for (std::int64_t first = first_of[c]; first < first_of[c + 1]; first += set.block_rows()) {
      const std::int64_t size = std::min(set.block_rows(), first_of[c + 1] - first);
      const MatrixView<float> of_block(block.data(), set.columns(), size);
      score_columns(set, setting.sample.z.view().middle_rows(first, size), of_block);
      for (std::size_t k = 0; k < scoring.job.size(); ++k) {
        const auto from = scores_of(of_block, set, k);
        for (std::int64_t cell = 0; cell < from.rows(); ++cell) {
          std::ranges::copy(from.row(cell), scores[scoring.job[k]].row(cell).begin() + scoring.column[k] + done);
        }
      }
      done += size;
    }
  }
}

FittedGate fit_one(const Setting& setting, std::size_t job, const Matrix<float>& scores) {
  const ProbeInput& input = setting.inputs[job % setting.inputs.size()];
  FittedGate fitted;
  fitted.inner.rows = setting.rows_of_plan(setting.sizes[job / setting.inputs.size()].plan);
  std::vector<std::int32_t> y, t;
  for (const std::int64_t row : fitted.inner.rows) {
    y.push_back(input.labels.y[static_cast<std::size_t>(row)]);
    t.push_back(input.labels.t[static_cast<std::size_t>(row)]);
  }
  const Evidence evidence = Evidence::of_columns(scores, y, t, input.priors);
  fitted.gate = fit_gate(evidence);
  fitted.inner.z_yt = evidence.information(fitted.gate).z_yt;
  return fitted;
}

}  // namespace

GateSample sample_rows(const ScaledRows& rows, const std::vector<std::vector<std::int64_t>>& of_chunks, int threads) {
  GateSample sample{{}, {}, {0}};
  for (const auto& of_chunk : of_chunks) {
    sample.row.insert(sample.row.end(), of_chunk.begin(), of_chunk.end());
    sample.first.push_back(static_cast<std::int64_t>(sample.row.size()));
  }
  sample.z = Matrix<float>(sample.first.back(), rows.cols());
  parallel_for(static_cast<std::int64_t>(of_chunks.size()), threads, [&](std::int64_t c) {
    const auto& of_chunk = of_chunks[static_cast<std::size_t>(c)];
    rows.gather(of_chunk, sample.z.view().middle_rows(sample.first[static_cast<std::size_t>(c)],
                                                      static_cast<std::int64_t>(of_chunk.size())));
  });
  return sample;
}

const LinearRule& RuleTable::at(const Parts& parts, std::size_t input) const {
  return rules[static_cast<std::size_t>(std::ranges::find(sets, parts) - sets.begin()) * inputs + input];
}

std::vector<FittedGate> fit_gates(std::span<const ProbeInput> inputs, int fold, const std::vector<TrainingSize>& sizes,
                                  const RuleTable& rules, const GateSample& sample) {
  const Setting setting{inputs, fold, sizes, rules, sample};
  std::vector<Matrix<float>> scores;  // [cells, rows] of each gate
  for (const TrainingSize& size : sizes) {
    const auto rows = static_cast<std::int64_t>(setting.rows_of_plan(size.plan).size());
    for (const ProbeInput& input : inputs) scores.emplace_back(input.labels.cells(), rows);
  }
  const int threads = inputs.front().threads;
  parallel_for(inputs.front().folds.parts, threads,
               [&](std::int64_t part) { score_part(setting, static_cast<int>(part), scores); });
  std::vector<FittedGate> gates(scores.size());
  parallel_for(static_cast<std::int64_t>(gates.size()), threads, [&](std::int64_t job) {
    const auto j = static_cast<std::size_t>(job);
    gates[j] = fit_one(setting, j, scores[j]);
  });
  return gates;
}

}  // namespace equinfo
