#include "estimators/cross_fit.h"

#include <algorithm>
#include <optional>

#include "compute/parallel.h"
#include "core/progress.h"

namespace equinfo {
namespace {

constexpr int kParts = 4;
constexpr std::int64_t kBlockRows = 1024;

/// Which quarters of the training sources are used.
using Parts = std::vector<int>;

std::vector<std::int32_t> training_chunks(const SourceFolds& folds, int test_fold, const Parts& parts) {
  std::vector<std::int32_t> chunks;
  for (std::int32_t fold = 0; fold < folds.folds; ++fold) {
    for (const int part : parts) {
      if (fold != test_fold) chunks.push_back(fold * folds.parts + part);
    }
  }
  return chunks;
}

RowInformation zero_information(std::int64_t rows) {
  const std::vector<double> zeros(static_cast<std::size_t>(rows), 0.0);
  return {zeros, zeros, zeros};
}

void add_scaled(RowInformation& sum, const RowInformation& other, double factor) {
  for (std::size_t i = 0; i < sum.z_y.size(); ++i) {
    sum.z_y[i] += factor * other.z_y[i];
    sum.z_t[i] += factor * other.z_t[i];
    sum.z_yt[i] += factor * other.z_yt[i];
  }
}

/// Everything one cross-fit shares between training sizes.
struct Setting {
  MatrixView<const float> z;
  const Labels& labels;
  const SourceFolds& folds;
  const LogPriors& priors;
  int threads;
  std::vector<std::vector<std::int64_t>> fold_rows;  // rows of each fold, ascending
};

std::vector<std::vector<std::int64_t>> rows_by_fold(const SourceFolds& folds, std::int64_t rows) {
  std::vector<std::vector<std::int64_t>> by_fold(static_cast<std::size_t>(folds.folds));
  for (std::int64_t i = 0; i < rows; ++i) by_fold[static_cast<std::size_t>(folds.fold(i))].push_back(i);
  return by_fold;
}

/// Scores the rows of one fold in blocks, each gathered into contiguous memory.
void score_fold(const Setting& setting, int fold, const CellScorer& scorer, Matrix<float>& scores) {
  const auto& rows = setting.fold_rows[static_cast<std::size_t>(fold)];
  const auto count = static_cast<std::int64_t>(rows.size());
  parallel_for((count + kBlockRows - 1) / kBlockRows, setting.threads, [&](std::int64_t b) {
    const std::int64_t first = b * kBlockRows, size = std::min(kBlockRows, count - first);
    Matrix<float> gathered(size, setting.z.cols()), block_scores(size, scores.cols());
    for (std::int64_t i = 0; i < size; ++i) {
      std::ranges::copy(setting.z.row(rows[static_cast<std::size_t>(first + i)]), gathered.row(i).begin());
    }
    scorer(gathered, block_scores.view());
    for (std::int64_t i = 0; i < size; ++i) {
      std::ranges::copy(block_scores.row(i), scores.row(rows[static_cast<std::size_t>(first + i)]).begin());
    }
  });
}

std::vector<std::int64_t> rows_outside(const Setting& setting, int fold) {
  std::vector<std::int64_t> rows;
  for (int other = 0; other < setting.folds.folds; ++other) {
    const auto& of_fold = setting.fold_rows[static_cast<std::size_t>(other)];
    if (other != fold) rows.insert(rows.end(), of_fold.begin(), of_fold.end());
  }
  return rows;
}

/// Trains on the given parts of each fold's training sources, gates, and reads every row.
RowInformation read_rows(const Setting& setting, const JointProbe& probe, const Parts& parts,
                         std::vector<std::array<double, 3>>* gates) {
  std::vector<CellScorer> scorers(static_cast<std::size_t>(setting.folds.folds));
  parallel_for(setting.folds.folds, setting.threads, [&](std::int64_t f) {
    scorers[static_cast<std::size_t>(f)] = probe(training_chunks(setting.folds, static_cast<int>(f), parts));
  });
  Matrix<float> scores(setting.labels.rows(), setting.labels.cells());
  for (int f = 0; f < setting.folds.folds; ++f) score_fold(setting, f, scorers[static_cast<std::size_t>(f)], scores);
  const Evidence evidence(std::move(scores), setting.labels, setting.priors, setting.threads);
  RowInformation information = zero_information(setting.labels.rows());
  std::vector<std::array<double, 3>> fitted(static_cast<std::size_t>(setting.folds.folds));
  // All rows' common gate is near each fold's own, and so a good place to start from; what is fitted does not depend on
  // it, because the loss is convex.
  const auto common = fit_gate(evidence, rows_outside(setting, setting.folds.folds), {1.0, 1.0, 1.0}, setting.threads);
  for (int f = 0; f < setting.folds.folds; ++f) {
    fitted[static_cast<std::size_t>(f)] = fit_gate(evidence, rows_outside(setting, f), common, setting.threads);
  }
  parallel_for(setting.folds.folds, setting.threads, [&](std::int64_t f) {
    evidence.information(setting.fold_rows[static_cast<std::size_t>(f)], fitted[static_cast<std::size_t>(f)],
                         information);
  });
  if (gates != nullptr) *gates = fitted;
  return information;
}

}  // namespace

CrossFit cross_fit(const ProbeKind& kind, MatrixView<const float> z, const Labels& labels,
                   const CrossFitOptions& options) {
  std::vector<std::int32_t> stratum(static_cast<std::size_t>(labels.rows()));
  const bool row_is_source = labels.sources == labels.rows();
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    stratum[static_cast<std::size_t>(i)] = row_is_source ? labels.cell(i) : labels.y[static_cast<std::size_t>(i)];
  }
  const SourceFolds folds = make_source_folds(labels.source, labels.sources, stratum,
                                              {options.folds, kParts, options.seed, options.repetition});
  const LogPriors priors = log_priors(labels);
  const Setting setting{z, labels, folds, priors, options.threads, rows_by_fold(folds, labels.rows())};
  const JointProbe probe = kind.bind({z, labels, folds, priors.cell, options.seed, options.threads});
  std::optional<Progress> progress;
  if (options.show_progress) progress.emplace(kind.name, 1 + 2 + kParts, "trainings");
  const auto trained = [&] {
    if (progress) progress->advance();
  };
  CrossFit fit;
  fit.full = read_rows(setting, probe, {0, 1, 2, 3}, &fit.gates);
  trained();
  fit.half = zero_information(labels.rows());
  fit.quarter = zero_information(labels.rows());
  for (const Parts& half : {Parts{0, 1}, Parts{2, 3}}) {
    add_scaled(fit.half, read_rows(setting, probe, half, nullptr), 1.0 / 2.0);
    trained();
  }
  for (int part = 0; part < kParts; ++part) {
    add_scaled(fit.quarter, read_rows(setting, probe, {part}, nullptr), 1.0 / kParts);
    trained();
  }
  return fit;
}

RowInformation extrapolated(const CrossFit& fit) {
  RowInformation limit = zero_information(static_cast<std::int64_t>(fit.full.z_y.size()));
  add_scaled(limit, fit.full, 8.0 / 3.0);
  add_scaled(limit, fit.half, -2.0);
  add_scaled(limit, fit.quarter, 1.0 / 3.0);
  return limit;
}

}  // namespace equinfo
