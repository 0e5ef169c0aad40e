#include <algorithm>
#include <cmath>
#include <vector>

#include "estimators/cross_fit.h"
#include "support/ground_truth.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::testing::draw;
using equinfo::testing::ground_truth;
using equinfo::testing::Sample;

namespace {

Labels labels_of(const Sample& sample) { return code_labels(sample.y, sample.t, sample.source); }

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

const ProbeKind& probe(const std::string& name) { return *std::ranges::find(probe_kinds(), name, &ProbeKind::name); }

/// A fit of one fold whose four inner rows, one source each, read these values.
CrossFit inner_fit(std::vector<double> z_yt) { return {{}, {}, {}, {}, {{{0, 1, 2, 3}, std::move(z_yt)}}}; }

}  // namespace

TEST_CASE("choosing a rung: the first within a standard error of the best, and a wild one only if it must be") {
  const Labels labels =
      code_labels(std::vector<std::int64_t>{0, 0, 1, 1}, std::vector<std::int64_t>{0, 1, 0, 1}, std::nullopt);
  // The second reads .025 more on average; the differences {.1, .1, −.05, −.05} have a standard error of .043.
  const CrossFit simple = inner_fit({0.5, 0.5, 0.5, 0.5}), equal = inner_fit({0.6, 0.6, 0.45, 0.45});
  // The third reads .1 more than the first and .075 more than the second, with an error of .043 there.
  const CrossFit richer = inner_fit({0.6, 0.6, 0.6, 0.6});
  using Choice = std::vector<std::size_t>;
  CHECK(choose_rungs({simple, equal}, {true, true}, labels) == Choice{0});
  CHECK(choose_rungs({equal, simple}, {true, true}, labels) == Choice{0});
  CHECK(choose_rungs({simple, equal, richer}, {true, true, true}, labels) == Choice{2});
  CHECK(choose_rungs({simple, equal}, {false, true}, labels) == Choice{1});
  CHECK(choose_rungs({simple, equal}, {false, false}, labels) == Choice{0});
  CHECK(choose_rungs({simple, richer}, {true, false}, labels) == Choice{1});
}

TEST_CASE("a fold's gate is fitted without its rows: their labels change nothing") {
  const Sample sample = draw("G05_mac_a2_b1", {800, 1});
  const Labels labels = labels_of(sample);
  const SourceFolds folds = cross_fit_folds(labels, {});
  const LogPriors priors = log_priors(labels);
  Labels changed = labels;
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    if (folds.fold(i) == 2) changed.y[static_cast<std::size_t>(i)] = 1 - changed.y[static_cast<std::size_t>(i)];
  }
  const auto read = [&](const Labels& of_rows, const ReadingPlan& plan) {
    const ProbeInput input{sample.z, of_rows, folds, priors, 0, 1};
    return score_fold(input, probe("lda").bind(input), 2, plan);
  };
  for (const ReadingPlan& plan : {full_reading(), half_reading(0), half_reading(1), quarter_reading(3)}) {
    const FoldScores before = read(labels, plan), after = read(changed, plan);
    CHECK(before.gate == after.gate);
    CHECK(before.inner_z_yt == after.inner_z_yt);
    for (const std::int64_t row : before.inner_rows) CHECK(folds.fold(row) != 2);
    CHECK(std::ranges::equal(before.scores.row(5), after.scores.row(5)));
  }
  // Of about 640 training rows: all, a half, and a quarter, in proportion to what the probe trained on.
  CHECK(read(labels, full_reading()).inner_rows.size() == 640);
  CHECK(read(labels, half_reading(1)).inner_rows.size() == 320);
  CHECK(read(labels, quarter_reading(0)).inner_rows.size() == 160);
}

TEST_CASE("labels that go together by chance do not make Z tell of T what it tells of Y") {
  // Z tells nearly all of Y and nothing of T; 10 × 4 labels drawn at random share 27/2N = .0068 nats by chance.
  double z_t = 0, synergy = 0;
  constexpr int kSamples = 3;
  for (int seed = 1; seed <= kSamples; ++seed) {
    const Sample sample = draw("G02_orth_k10_A4", {2000, static_cast<std::uint64_t>(seed)});
    std::vector<std::int64_t> y = sample.y, t = sample.t;
    const RowInformation rows = cross_fit(probe("lda"), sample.z, code_labels(y, t, std::nullopt), {}).full;
    z_t += mean(rows.z_t) / kSamples;
    synergy += (mean(rows.z_yt) - mean(rows.z_y) - mean(rows.z_t)) / kSamples;
  }
  // Over twelve samples of 8,000 rows the mean of z_t has a standard deviation of .001 a sample, so of .002 for 2,000
  // rows and .0012 for three samples. With the sample's own p(y,t) it read .0065, its 27/2N.
  CHECK(std::abs(z_t) < 0.005);
  CHECK(std::abs(synergy) < 0.005);
}

TEST_CASE("logistic is no worse than lda on a code without noise, where whitened coordinates are very long") {
  const Sample sample = draw("G10_digits_C2_Ainf_napp15", {2000, 1});
  const Labels labels = labels_of(sample);
  const CrossFit lda = cross_fit(probe("lda"), sample.z, labels, {}),
                 fit = cross_fit(probe("logistic"), sample.z, labels, {});
  CHECK(mean(fit.full.z_yt) > mean(lda.full.z_yt) - 0.01);
  CHECK(mean(fit.half.z_yt) > mean(lda.half.z_yt) - 0.01);
}
