#include "estimators/cross_fit.h"

#include <numeric>
#include <optional>

#include "core/error.h"
#include "estimators/fold_readings.h"
#include "estimators/lda.h"
#include "estimators/lda_cross_fit.h"
#include "resampling/clustered.h"

namespace equinfo {
namespace {

constexpr int kParts = 4;

/// Allows for surprise in a reading by a probe that was trained on about so many sources.
void make_cautious(FoldReading& reading, double sources) {
  RowInformation& information = reading.information;
  for (auto* values : {&information.z_y, &information.z_t, &information.z_yt, &reading.inner.z_yt}) {
    allow_for_surprise(*values, sources);
  }
}

/// How much less rung k reads on a fold's inner rows than rung `best`.
ClusteredMean inner_gap(const InnerReading& best, const InnerReading& k, const Labels& labels) {
  std::vector<double> gap(best.z_yt.size());
  std::vector<std::int32_t> source(gap.size());
  for (std::size_t i = 0; i < gap.size(); ++i) {
    gap[i] = best.z_yt[i] - k.z_yt[i];
    source[i] = labels.source[static_cast<std::size_t>(best.rows[i])];
  }
  return clustered_mean(gap, source, labels.sources);
}

/// The rung that reads most on a fold's inner rows.
std::size_t best_rung(const std::vector<CrossFit>& fits, std::size_t fold) {
  std::size_t best = 0;
  double most = 0.0;
  for (std::size_t k = 0; k < fits.size(); ++k) {
    const auto& z_yt = fits[k].inner[fold].z_yt;
    const double sum = std::accumulate(z_yt.begin(), z_yt.end(), 0.0);
    if (k == 0 || sum > most) best = k, most = sum;
  }
  return best;
}

}  // namespace

std::vector<TrainingSize> training_sizes() {
  std::vector<TrainingSize> sizes{{full_reading(), &CrossFit::full, 1.0}};
  for (int half = 0; half < 2; ++half) sizes.push_back({half_reading(half), &CrossFit::half, 1.0 / 2.0});
  for (int part = 0; part < kParts; ++part) sizes.push_back({quarter_reading(part), &CrossFit::quarter, 1.0 / kParts});
  return sizes;
}

SourceFolds cross_fit_folds(const Labels& labels, const CrossFitOptions& options) {
  std::vector<std::int32_t> stratum(static_cast<std::size_t>(labels.rows()));
  const bool row_is_source = labels.sources == labels.rows();
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    stratum[static_cast<std::size_t>(i)] = row_is_source ? labels.cell(i) : labels.y[static_cast<std::size_t>(i)];
  }
  return make_source_folds(labels.source, labels.sources, stratum,
                           {options.folds, kParts, options.seed, options.repetition});
}

ProbeInput on_chosen_device(ProbeInput input, const ProbeKind& kind, const CrossFitOptions& options) {
  if (kind.trains_on_device) input.device = probe_device(options.device);
  return input;
}

struct CrossFitter::Setting {
  ScaledRows z;
  const Labels& labels;
  CrossFitOptions options;
  SourceFolds folds;
  LogPriors priors;
  std::shared_ptr<const LdaStatistics> lda = nullptr;

  ProbeInput input() const { return {z, labels, folds, priors, options.seed, options.threads, lda}; }
};

CrossFitter::CrossFitter(const ScaledRows& z, const Labels& labels, const CrossFitOptions& options) {
  auto setting =
      std::make_unique<Setting>(Setting{z, labels, options, cross_fit_folds(labels, options), log_priors(labels)});
  setting->lda = std::make_shared<const LdaStatistics>(setting->input());
  setting_ = std::move(setting);
}

CrossFitter::CrossFitter(std::unique_ptr<const Setting> setting) : setting_(std::move(setting)) {}
CrossFitter::~CrossFitter() = default;
CrossFitter::CrossFitter(CrossFitter&&) noexcept = default;

CrossFitter CrossFitter::merged(const Labels& labels) const {
  auto setting =
      std::make_unique<Setting>(Setting{setting_->z, labels, setting_->options, setting_->folds, log_priors(labels)});
  setting->lda = std::make_shared<const LdaStatistics>(setting_->lda->merged(setting->input()));
  return CrossFitter(std::move(setting));
}

CrossFit CrossFitter::fit(const ProbeKind& kind) const {
  if (kind.is_lda) return std::move(fit_with(kind, {}).front());
  const ProbeInput input = on_chosen_device(setting_->input(), kind, setting_->options);
  const JointProbe probe = kind.bind(input);
  const std::vector<TrainingSize> sizes = training_sizes();
  const auto folds = static_cast<std::size_t>(input.folds.folds), rows = input.labels.y.size();
  std::vector<FoldJob> jobs;
  for (const TrainingSize& size : sizes) {
    for (std::size_t fold = 0; fold < folds; ++fold) jobs.push_back({static_cast<int>(fold), &size.plan});
  }
  std::vector<FoldReading> readings =
      read_folds(input, probe, jobs, setting_->options.show_progress ? kind.name : std::string());
  CrossFit fit{zero_information(rows), zero_information(rows), zero_information(rows)};
  for (std::size_t job = 0; job < readings.size(); ++job) {
    const TrainingSize& size = sizes[job / folds];
    if (kind.may_be_certain_and_wrong) {
      const auto quarters = static_cast<double>((folds - 1) * size.plan.parts.size());
      make_cautious(readings[job],
                    static_cast<double>(input.labels.sources) * quarters / static_cast<double>(kParts * folds));
    }
    const RowInformation& reading = readings[job].information;
    RowInformation& sum = fit.*size.reading;
    for (std::size_t i = 0; i < readings[job].rows.size(); ++i) {
      const auto row = static_cast<std::size_t>(readings[job].rows[i]);
      sum.z_y[row] += size.weight * reading.z_y[i];
      sum.z_t[row] += size.weight * reading.z_t[i];
      sum.z_yt[row] += size.weight * reading.z_yt[i];
    }
    if (size.reading != &CrossFit::full) continue;
    fit.gates.push_back(readings[job].gate);
    fit.inner.push_back(std::move(readings[job].inner));
  }
  return fit;
}

std::vector<CrossFit> CrossFitter::fit_with(const ProbeKind& lda, std::span<const CrossFitter* const> merged) const {
  require(lda.is_lda, "{} is not fitted with other labels at once", lda.name);
  std::vector<ProbeInput> inputs{setting_->input()};
  for (const CrossFitter* fitter : merged) inputs.push_back(fitter->setting_->input());
  return cross_fit_lda(inputs, setting_->options.show_progress ? lda.name : std::string());
}

const Labels& CrossFitter::labels() const { return setting_->labels; }

DataSums CrossFitter::totals() const { return setting_->lda->totals(); }

std::string CrossFitter::refusal(const ProbeKind& kind) const {
  return kind.refusal ? kind.refusal(setting_->input()) : std::string();
}

std::int32_t CrossFitter::fold(std::int64_t row) const { return setting_->folds.fold(row); }

CrossFit cross_fit(const ProbeKind& kind, const ScaledRows& z, const Labels& labels, const CrossFitOptions& options) {
  return CrossFitter(z, labels, options).fit(kind);
}

std::vector<std::size_t> choose_rungs(const std::vector<CrossFit>& fits, const std::vector<bool>& trusted,
                                      const Labels& labels) {
  std::vector<std::size_t> choice;
  for (std::size_t fold = 0; fold < fits.front().inner.size(); ++fold) {
    const std::size_t best = best_rung(fits, fold);
    std::optional<std::size_t> first, first_trusted;
    for (std::size_t k = 0; k < fits.size(); ++k) {
      const ClusteredMean gap = inner_gap(fits[best].inner[fold], fits[k].inner[fold], labels);
      if (gap.mean > gap.std_error) continue;
      if (!first) first = k;
      if (!first_trusted && trusted[k]) first_trusted = k;
    }
    choice.push_back(first_trusted ? *first_trusted : *first);
  }
  return choice;
}

CrossFit combine_folds(const std::vector<CrossFit>& fits, const std::vector<std::size_t>& choice,
                       const CrossFitter& fitter) {
  CrossFit chosen = fits.front();
  for (std::size_t fold = 0; fold < choice.size(); ++fold) {
    chosen.gates[fold] = fits[choice[fold]].gates[fold];
    chosen.inner[fold] = fits[choice[fold]].inner[fold];
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
  RowInformation limit = zero_information(fit.full.z_y.size());
  add_scaled(limit, fit.full, 8.0 / 3.0);
  add_scaled(limit, fit.half, -2.0);
  add_scaled(limit, fit.quarter, 1.0 / 3.0);
  return limit;
}

RowInformation extrapolated_straight(const CrossFit& fit) {
  RowInformation limit = zero_information(fit.full.z_y.size());
  add_scaled(limit, fit.full, 2.0);
  add_scaled(limit, fit.half, -1.0);
  return limit;
}

}  // namespace equinfo
