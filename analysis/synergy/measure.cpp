#include "synergy/measure.h"

#include <algorithm>
#include <cmath>

#include "compute/agreement.h"
#include "core/error.h"
#include "core/suggest.h"
#include "estimators/cross_fit.h"
#include "estimators/entropy.h"
#include "estimators/mean_signal.h"
#include "synergy/direct_estimators.h"
#include "synergy/faint_signal.h"
#include "synergy/probe_checks.h"
#include "synergy/probe_ladder.h"
#include "synergy/row_variety.h"
#include "synergy/second_opinion.h"

namespace equinfo {
namespace {

/// How many classes occur in one source only.
std::int64_t classes_of_one_source(const Labels& labels) {
  std::vector<std::int32_t> first(static_cast<std::size_t>(labels.classes), -1);
  std::vector<bool> shared(static_cast<std::size_t>(labels.classes), false);
  for (std::size_t i = 0; i < labels.y.size(); ++i) {
    const auto y = static_cast<std::size_t>(labels.y[i]);
    if (first[y] < 0) first[y] = labels.source[i];
    if (first[y] != labels.source[i]) shared[y] = true;
  }
  return std::ranges::count(shared, false);
}

void check(MatrixView<const float> z, const Labels& labels, const MeasureOptions& options) {
  require(z.rows() == labels.rows(), "z has {} rows but the labels {}", z.rows(), labels.rows());
  require(z.cols() > 0, "z has no columns");
  check_labels(labels);
  require(!options.estimators.empty(), "no estimator was asked for");
  entropy_correction_named(options.entropy);
  require(options.repeats >= 1, "{} is no number of repetitions", options.repeats);
  require(options.permutations >= 0, "{} is no number of permutations", options.permutations);
  const auto known = estimator_names();
  for (const std::string& name : options.estimators) {
    require(std::ranges::find(known, name) != known.end(), "unknown estimator '{}'; did you mean '{}'?", name,
            nearest_name(name, known));
  }
  require_memory(z.rows(), z.cols(), options);
}

/// Processes that went on with other files would mix their numbers without a word.
void check_same_everywhere(MatrixView<const float> z, const Labels& labels) {
  Agreement agreement;
  agreement.add(z);
  for (const auto* codes : {&labels.y, &labels.t, &labels.source}) agreement.add(std::as_bytes(std::span(*codes)));
  agreement.require("the ranks read different rows or labels; the file must be the same on all machines");
}

/// What the direct estimators among those asked for read.
struct DirectReadings {
  std::vector<DirectReading> readings;
  const DirectReading* second_opinion = nullptr;  // one of the readings; null if none is meant for it
  std::vector<std::string> refusals;
};

/// In the order of the table. Beside other estimators one that refuses the input, or whose statistic is undefined for
/// it, is left out; alone it throws.
DirectReadings measure_directly(const DirectInput& input) {
  const auto& wanted = input.options.estimators;
  DirectReadings direct;
  direct.readings.reserve(direct_estimators().size());  // `second_opinion` points into it
  for (const DirectEstimator& estimator : direct_estimators()) {
    if (std::ranges::find(wanted, estimator.name) == wanted.end()) continue;
    std::string refusal = wanted.size() > 1 && estimator.refusal ? estimator.refusal(input) : std::string();
    if (!refusal.empty()) {
      direct.refusals.push_back(std::move(refusal));
      continue;
    }
    try {
      direct.readings.push_back(estimator.run(input));
    } catch (const std::domain_error& undefined) {
      if (wanted.size() == 1) throw;
      direct.refusals.emplace_back(undefined.what());
      continue;
    }
    if (estimator.second_opinion && !direct.second_opinion) direct.second_opinion = &direct.readings.back();
  }
  return direct;
}

/// Noise is tried where the ladder has more than one rung (and T is discrete: lda knows nothing of bins), in no more
/// columns than keep lda cheaper than those.
ProbeCheckOptions check_options(std::int64_t dims, bool several_rungs, const std::optional<LdaFits>& lda,
                                const MeasureOptions& options) {
  constexpr std::int64_t kMostNoise = 256;
  return {{options.folds, options.seed, 0, options.threads, false},
          several_rungs ? std::min(dims, kMostNoise) : 0,
          lda ? &*lda : nullptr};
}

/// The rows of a reading that holds a synergy.
RowInformation rows_of_synergy(DirectReading& reading) {
  const bool has_synergy = std::ranges::find(reading.panel.estimates, Quantity::kSynergy, &Estimate::quantity) !=
                           reading.panel.estimates.end();
  require(has_synergy, "{} reads no synergy that could be split or compared", reading.panel.estimator);
  return std::move(reading.rows);
}

}  // namespace

void check_labels(const Labels& labels) {
  require(labels.classes >= 2, "y has the single value {}: nothing can be measured about a class that never varies",
          labels.y_values.front());
  require(labels.transforms >= 2,
          "t has the single value {}: nothing can be measured about a transformation that never varies",
          labels.continuous_t ? labels.continuous_t->values(0, 0) : static_cast<double>(labels.t_values.front()));
  const std::int64_t lonely = classes_of_one_source(labels);
  require(2 * lonely < labels.classes,
          "y has {} classes in {} sources, and {} of them {} a single source: nothing can be learned about a class "
          "from other images; is y the image's number?",
          labels.classes, labels.sources, lonely, lonely == 1 ? "has" : "have");
}

void standardise(Matrix<float>& z) {
  const Matrix<float> raw = z;
  standardised_rows(raw, 1).copy_rows(0, z.view());
}

std::vector<std::string> estimator_names() {
  std::vector<std::string> names;
  for (const ProbeKind& kind : probe_kinds()) names.push_back(kind.name);
  for (const DirectEstimator& estimator : direct_estimators()) names.push_back(estimator.name);
  return names;
}

namespace {

RowInformation select_rows(const RowInformation& information, std::span<const std::int64_t> rows) {
  RowInformation selected;
  for (const auto values : {&RowInformation::z_y, &RowInformation::z_t, &RowInformation::z_yt}) {
    for (const std::int64_t row : rows) {
      (selected.*values).push_back((information.*values)[static_cast<std::size_t>(row)]);
    }
  }
  return selected;
}

/// What a second opinion reads more than the headline's rows, on the rows that it read.
PanelMeans gaps_of(const DirectReading& second, const RowInformation& rows, const Labels& labels,
                   const Design& design) {
  if (second.anchors.empty()) return panel_means(difference(second.rows, rows), labels, design);
  return panel_means(difference(second.rows, select_rows(rows, second.anchors)), select_rows(labels, second.anchors),
                     select_rows(design, second.anchors));
}

/// What the chosen probe reads: judged beside the second opinion, and reaching as far as the checks make it.
void add_headline(const ScaledRows& z, const Labels& labels, const MeasureOptions& options, ProbeLadder& ladder,
                  const DirectReadings& direct, Measurement& measurement) {
  Panel& headline = ladder.best->extrapolated;
  for (const std::string& refusal : direct.refusals) headline.details.emplace_back("left out", refusal);
  if (const DirectReading* second = direct.second_opinion) {
    const PanelMeans gaps = gaps_of(*second, ladder.best->rows, labels, measurement.design);
    measurement.verdict = judge(headline, &second->panel, &gaps, labels, measurement.design);
    reach_to_second_opinion(headline, second->panel, gaps, measurement.design);
  } else {
    measurement.verdict = judge(headline, nullptr, nullptr, labels, measurement.design);
  }
  if (const auto signal = mean_signal(z, labels, options.threads, &*ladder.sums)) {
    reach_to_faint_signal(headline, *signal, labels, measurement.design, z.cols(), options.ci_level);
  }
  tell_checks(
      check_probes(z, labels, *ladder.best,
                   check_options(z.cols(), !labels.continuous_t && ladder.panels.size() > 1, ladder.lda, options)),
      headline, *measurement.verdict);
  const std::string repeated = variety_warning(row_variety(z, options.threads), labels.sources);
  if (!repeated.empty()) raise(*measurement.verdict, VerdictLevel::kAmber, repeated);
  measurement.panels = {headline, ladder.best->bound};
  if (options.keep_rows) measurement.rows = std::move(ladder.best->rows);
  measurement.chosen = std::move(ladder.chosen);
}

}  // namespace

Measurement measure(MatrixView<const float> rows, const Labels& labels, const MeasureOptions& options) {
  check(rows, labels, options);
  check_same_everywhere(rows, labels);
  const ScaledRows z = standardised_rows(rows, options.threads);
  Measurement measurement{describe_design(labels), {}, std::nullopt, {}, {}, {}};
  ProbeLadder ladder = measure_probes(z, labels, measurement.design, options);
  DirectReadings direct = measure_directly({z, labels, measurement.design, options, ladder.chosen});
  if (!ladder.best && direct.readings.empty()) throw std::invalid_argument(direct.refusals.front());
  if (ladder.best) add_headline(z, labels, options, ladder, direct, measurement);
  if (options.permutations > 0) {
    measurement.tests = permutation_tests(
        z, labels, {options.permutations, options.folds, options.seed, options.threads, options.show_progress});
  }
  measurement.panels.insert(measurement.panels.end(), ladder.panels.begin(), ladder.panels.end());
  require(
      !options.keep_rows || ladder.best || direct.readings.front().anchors.empty(),
      "knn: anchors leave rows unread, whose part in the synergy is asked for; add a probe or leave out the anchors");
  if (options.keep_rows && !ladder.best) measurement.rows = rows_of_synergy(direct.readings.front());
  for (DirectReading& reading : direct.readings) measurement.panels.push_back(std::move(reading.panel));
  return measurement;
}

}  // namespace equinfo
