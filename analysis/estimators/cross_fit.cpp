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

std::vector<std::vector<std::int64_t>> rows_by_fold(const SourceFolds& folds, std::int64_t rows) {
  std::vector<std::vector<std::int64_t>> by_fold(static_cast<std::size_t>(folds.folds));
  for (std::int64_t i = 0; i < rows; ++i) by_fold[static_cast<std::size_t>(folds.fold(i))].push_back(i);
  return by_fold;
}

/// Scores of the given rows of z, which are gathered block by block into contiguous memory.
Matrix<float> score_rows(MatrixView<const float> z, const std::vector<std::int64_t>& rows, const CellScorer& scorer,
                         std::int64_t cells, int threads) {
  const auto count = static_cast<std::int64_t>(rows.size());
  Matrix<float> scores(count, cells);
  parallel_for((count + kBlockRows - 1) / kBlockRows, threads, [&](std::int64_t b) {
    const std::int64_t first = b * kBlockRows, size = std::min(kBlockRows, count - first);
    Matrix<float> gathered(size, z.cols());
    for (std::int64_t i = 0; i < size; ++i) {
      std::ranges::copy(z.row(rows[static_cast<std::size_t>(first + i)]), gathered.row(i).begin());
    }
    scorer(gathered, scores.view().middle_rows(first, size));
  });
  return scores;
}

}  // namespace

SourceFolds cross_fit_folds(const Labels& labels, const CrossFitOptions& options) {
  std::vector<std::int32_t> stratum(static_cast<std::size_t>(labels.rows()));
  const bool row_is_source = labels.sources == labels.rows();
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    stratum[static_cast<std::size_t>(i)] = row_is_source ? labels.cell(i) : labels.y[static_cast<std::size_t>(i)];
  }
  return make_source_folds(labels.source, labels.sources, stratum,
                           {options.folds, kParts, options.seed, options.repetition});
}

struct CrossFitter::Setting {
  MatrixView<const float> z;
  const Labels& labels;
  CrossFitOptions options;
  SourceFolds folds;
  LogPriors priors;
  std::vector<std::vector<std::int64_t>> fold_rows;  // rows of each fold, ascending

  ProbeInput input() const { return {z, labels, folds, priors, options.seed, options.threads}; }
  std::vector<CellScorer> train(const JointProbe& probe, const Parts& parts) const;
  std::vector<std::int64_t> rows_outside(int fold) const;
  RowInformation read_rows(const JointProbe& probe, const Parts& parts,
                           std::vector<std::array<double, 3>>* gates) const;
  std::vector<double> inner_losses(const JointProbe& probe) const;
};

/// One scorer a fold, trained on the given parts of the other folds' sources.
std::vector<CellScorer> CrossFitter::Setting::train(const JointProbe& probe, const Parts& parts) const {
  std::vector<CellScorer> scorers(static_cast<std::size_t>(folds.folds));
  parallel_for(folds.folds, options.threads, [&](std::int64_t f) {
    scorers[static_cast<std::size_t>(f)] = probe(training_chunks(folds, static_cast<int>(f), parts));
  });
  return scorers;
}

std::vector<std::int64_t> CrossFitter::Setting::rows_outside(int fold) const {
  std::vector<std::int64_t> rows;
  for (int other = 0; other < folds.folds; ++other) {
    const auto& of_fold = fold_rows[static_cast<std::size_t>(other)];
    if (other != fold) rows.insert(rows.end(), of_fold.begin(), of_fold.end());
  }
  return rows;
}

/// Trains on the given parts of each fold's training sources, gates, and reads every row.
RowInformation CrossFitter::Setting::read_rows(const JointProbe& probe, const Parts& parts,
                                               std::vector<std::array<double, 3>>* gates) const {
  const auto scorers = train(probe, parts);
  Matrix<float> scores(labels.rows(), labels.cells());
  for (std::size_t f = 0; f < scorers.size(); ++f) {
    const Matrix<float> of_fold = score_rows(z, fold_rows[f], scorers[f], labels.cells(), options.threads);
    for (std::int64_t i = 0; i < of_fold.rows(); ++i) {
      std::ranges::copy(of_fold.row(i), scores.row(fold_rows[f][static_cast<std::size_t>(i)]).begin());
    }
  }
  const Evidence evidence(std::move(scores), labels, priors, options.threads);
  // All rows' common gate is near each fold's own, and so a good place to start from. The loss is convex: where the fit
  // starts moves it by less than 1e-8 nats a row.
  const auto common = fit_gate(evidence, rows_outside(folds.folds), {1.0, 1.0, 1.0}, options.threads);
  std::vector<std::array<double, 3>> fitted;
  for (int f = 0; f < folds.folds; ++f) {
    fitted.push_back(fit_gate(evidence, rows_outside(f), common, options.threads));
  }
  RowInformation information = zero_information(labels.rows());
  parallel_for(folds.folds, options.threads, [&](std::int64_t f) {
    evidence.information(fold_rows[static_cast<std::size_t>(f)], fitted[static_cast<std::size_t>(f)], information);
  });
  if (gates != nullptr) *gates = fitted;
  return information;
}

std::vector<double> CrossFitter::Setting::inner_losses(const JointProbe& probe) const {
  const auto scorers = train(probe, {0, 1, 2});
  std::vector<double> losses(scorers.size());
  parallel_for(folds.folds, options.threads, [&](std::int64_t f) {
    std::vector<std::int64_t> held_out;
    for (const std::int64_t row : rows_outside(static_cast<int>(f))) {
      if (folds.chunk[static_cast<std::size_t>(row)] % folds.parts == kParts - 1) held_out.push_back(row);
    }
    const auto fold = static_cast<std::size_t>(f);
    losses[fold] =
        gated_loss(score_rows(z, held_out, scorers[fold], labels.cells(), 1), select_rows(labels, held_out), priors);
  });
  return losses;
}

CrossFitter::CrossFitter(MatrixView<const float> z, const Labels& labels, const CrossFitOptions& options) {
  SourceFolds folds = cross_fit_folds(labels, options);
  auto by_fold = rows_by_fold(folds, labels.rows());
  setting_ = std::make_unique<const Setting>(
      Setting{z, labels, options, std::move(folds), log_priors(labels), std::move(by_fold)});
}

CrossFitter::~CrossFitter() = default;

CrossFit CrossFitter::fit(const ProbeKind& kind, bool inner_loss) const {
  const JointProbe probe = kind.bind(setting_->input());
  std::optional<Progress> progress;
  const int inner = inner_loss ? 1 : 0;
  if (setting_->options.show_progress) progress.emplace(kind.name, 1 + 2 + kParts + inner, "trainings");
  const auto trained = [&] {
    if (progress) progress->advance();
  };
  CrossFit fit;
  fit.full = setting_->read_rows(probe, {0, 1, 2, 3}, &fit.gates);
  trained();
  fit.half = zero_information(setting_->labels.rows());
  fit.quarter = zero_information(setting_->labels.rows());
  for (const Parts& half : {Parts{0, 1}, Parts{2, 3}}) {
    add_scaled(fit.half, setting_->read_rows(probe, half, nullptr), 1.0 / 2.0);
    trained();
  }
  for (int part = 0; part < kParts; ++part) {
    add_scaled(fit.quarter, setting_->read_rows(probe, {part}, nullptr), 1.0 / kParts);
    trained();
  }
  if (inner_loss) fit.inner_loss = setting_->inner_losses(probe);
  return fit;
}

std::string CrossFitter::refusal(const ProbeKind& kind) const {
  return kind.refusal ? kind.refusal(setting_->input()) : std::string();
}

std::int32_t CrossFitter::fold(std::int64_t row) const { return setting_->folds.fold(row); }

CrossFit cross_fit(const ProbeKind& kind, MatrixView<const float> z, const Labels& labels,
                   const CrossFitOptions& options) {
  return CrossFitter(z, labels, options).fit(kind);
}

CrossFit choose_by_inner_loss(const std::vector<CrossFit>& fits, const CrossFitter& fitter,
                              std::vector<std::size_t>& choice) {
  choice.assign(fits.front().inner_loss.size(), 0);
  for (std::size_t fold = 0; fold < choice.size(); ++fold) {
    for (std::size_t k = 1; k < fits.size(); ++k) {
      if (fits[k].inner_loss[fold] < fits[choice[fold]].inner_loss[fold]) choice[fold] = k;
    }
  }
  CrossFit chosen = fits.front();
  for (std::size_t fold = 0; fold < choice.size(); ++fold) {
    chosen.gates[fold] = fits[choice[fold]].gates[fold];
    chosen.inner_loss[fold] = fits[choice[fold]].inner_loss[fold];
  }
  for (std::size_t i = 0; i < chosen.full.z_y.size(); ++i) {
    const CrossFit& from = fits[choice[static_cast<std::size_t>(fitter.fold(static_cast<std::int64_t>(i)))]];
    for (const auto size : {&CrossFit::full, &CrossFit::half, &CrossFit::quarter}) {
      (chosen.*size).z_y[i] = (from.*size).z_y[i];
      (chosen.*size).z_t[i] = (from.*size).z_t[i];
      (chosen.*size).z_yt[i] = (from.*size).z_yt[i];
    }
  }
  return chosen;
}

RowInformation extrapolated(const CrossFit& fit) {
  RowInformation limit = zero_information(static_cast<std::int64_t>(fit.full.z_y.size()));
  add_scaled(limit, fit.full, 8.0 / 3.0);
  add_scaled(limit, fit.half, -2.0);
  add_scaled(limit, fit.quarter, 1.0 / 3.0);
  return limit;
}

}  // namespace equinfo
