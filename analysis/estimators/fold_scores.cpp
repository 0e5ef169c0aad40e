#include "estimators/fold_scores.h"

#include <algorithm>

#include "estimators/gate.h"

namespace equinfo {
namespace {

constexpr int kParts = 4;
constexpr std::int64_t kBlockRows = 1024;
constexpr std::int64_t kMostGateScores = std::int64_t{1} << 25, kMostGateRows = std::int64_t{1} << 15;

std::vector<std::int64_t> rows_of_fold(const SourceFolds& folds, int fold) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(folds.chunk.size()); ++i) {
    if (folds.fold(i) == fold) rows.push_back(i);
  }
  return rows;
}

/// Scores of some rows of z, which are gathered block by block into contiguous memory.
void score_rows(const ScaledRows& z, std::span<const std::int64_t> rows, const CellScorer& scorer,
                MatrixView<float> scores) {
  const auto count = static_cast<std::int64_t>(rows.size());
  Matrix<float> block(std::min(kBlockRows, count), z.cols());
  for (std::int64_t first = 0; first < count; first += kBlockRows) {
    const std::int64_t size = std::min(kBlockRows, count - first);
    const auto gathered = block.view().middle_rows(0, size);
    z.gather(rows.subspan(static_cast<std::size_t>(first)), gathered);
    scorer(gathered, scores.middle_rows(first, size));
  }
}

/// Fits the gate on the inner rows' scores and keeps what these rows read under it.
void fit_inner_gate(FoldScores& fold, const Matrix<float>& scores, const ProbeInput& input) {
  const Labels labels = select_rows(input.labels, fold.inner_rows);
  const Evidence evidence(scores, labels, input.priors);
  fold.gate = fit_gate(evidence);
  fold.inner_z_yt = evidence.information(fold.gate).z_yt;
}

}  // namespace

std::vector<std::int32_t> training_chunks(const SourceFolds& folds, int test_fold, const Parts& parts) {
  std::vector<std::int32_t> chunks;
  for (std::int32_t fold = 0; fold < folds.folds; ++fold) {
    for (const int part : parts) {
      if (fold != test_fold) chunks.push_back(fold * folds.parts + part);
    }
  }
  return chunks;
}

std::vector<std::vector<std::int64_t>> gate_rows(const SourceFolds& folds, const Labels& labels) {
  const std::int64_t by_scores = 1 + labels.rows() * labels.cells() / kMostGateScores;
  const std::int64_t stride = std::max(by_scores, (labels.rows() + kMostGateRows - 1) / kMostGateRows);
  std::vector<std::vector<std::int64_t>> rows = rows_of_chunks(folds);
  for (auto& of_chunk : rows) {
    std::size_t kept = 0;
    for (std::size_t k = 0; k < of_chunk.size(); k += static_cast<std::size_t>(stride)) of_chunk[kept++] = of_chunk[k];
    of_chunk.resize(kept);
  }
  return rows;
}

ReadingPlan full_reading() {
  ReadingPlan plan;
  for (int part = 0; part < kParts; ++part) {
    plan.parts.push_back(part);
    Parts others;
    for (int other = 0; other < kParts; ++other) {
      if (other != part) others.push_back(other);
    }
    plan.gate.push_back({std::move(others), part});
  }
  return plan;
}

ReadingPlan half_reading(int half) {
  const Parts own{2 * half, 2 * half + 1};
  const int other = 2 * (1 - half);
  return {own, {{own, other}, {own, other + 1}}};
}

ReadingPlan quarter_reading(int quarter) { return {{quarter}, {{{quarter}, (quarter + 1) % kParts}}}; }

FoldScores score_fold(const ProbeInput& input, const JointProbe& probe, int fold, const ReadingPlan& plan) {
  const std::int64_t cells = input.labels.cells();
  const CellScorer scorer = probe(training_chunks(input.folds, fold, plan.parts));
  FoldScores result;
  result.rows = rows_of_fold(input.folds, fold);
  result.scores = Matrix<float>(static_cast<std::int64_t>(result.rows.size()), cells);
  score_rows(input.z, result.rows, scorer, result.scores.view());
  const auto of_chunks = gate_rows(input.folds, input.labels);
  std::vector<std::vector<std::int64_t>> scored;
  for (const GateScores& gate : plan.gate) {
    auto& rows = scored.emplace_back();
    for (const std::int32_t chunk : training_chunks(input.folds, fold, {gate.scored})) {
      const auto& of_chunk = of_chunks[static_cast<std::size_t>(chunk)];
      rows.insert(rows.end(), of_chunk.begin(), of_chunk.end());
    }
  }
  for (const auto& rows : scored) result.inner_rows.insert(result.inner_rows.end(), rows.begin(), rows.end());
  Matrix<float> inner(static_cast<std::int64_t>(result.inner_rows.size()), cells);
  std::int64_t first = 0;
  for (std::size_t k = 0; k < plan.gate.size(); ++k) {
    const Parts& parts = plan.gate[k].trained_on;
    const auto count = static_cast<std::int64_t>(scored[k].size());
    score_rows(input.z, scored[k], parts == plan.parts ? scorer : probe(training_chunks(input.folds, fold, parts)),
               inner.view().middle_rows(first, count));
    first += count;
  }
  fit_inner_gate(result, inner, input);
  return result;
}

}  // namespace equinfo
