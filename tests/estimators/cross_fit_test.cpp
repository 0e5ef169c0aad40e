#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "core/random.h"
#include "estimators/cross_fit.h"
#include "estimators/logistic.h"
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

TEST_CASE("logistic is used where log odds are linear and nothing is Gaussian, also where LDA has rows to overfit") {
  // z₁, z₂ exponential with a rate for each cell, so that ln q(cell | z) = ln(r₁ r₂) − r·z exactly, and 98 columns of
  // noise. Over five other samples logistic reads .093 to .105 more than lda, a standard deviation of .005. Judged on
  // rows that LDA's rule was fitted on too, it gave way in most folds: 0, 0, 0, .03 and .09 more.
  constexpr double kRates[4][2] = {{1, 1}, {10, 1}, {1, 10}, {10, 10}};
  RandomStream stream(3, "exponential cells");
  std::vector<std::int64_t> y, t;
  Matrix<float> z(1500, 100);
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const std::int64_t cell = stream.below(4);
    y.push_back(cell / 2);
    t.push_back(cell % 2);
    for (float& value : z.row(i)) value = static_cast<float>(0.5 * stream.normal());
    for (std::int64_t j = 0; j < 2; ++j) {
      z(i, j) = static_cast<float>(-std::log(1.0 - stream.uniform()) / kRates[cell][j]);
    }
  }
  const Labels labels = code_labels(y, t, std::nullopt);
  const double lda = mean(cross_fit(probe("lda"), z, labels, {}).full.z_yt);
  CHECK(mean(cross_fit(probe("logistic"), z, labels, {}).full.z_yt) > lda + 0.05);
}

TEST_CASE("logistic: a penalty that is none is refused") {
  const Sample sample = draw("G05_mac_a2_b1", {80, 1});
  const Labels labels = labels_of(sample);
  const SourceFolds folds = cross_fit_folds(labels, {});
  const LogPriors priors = log_priors(labels);
  CHECK_THROWS_WITH_AS(bind_single_logistic({sample.z, labels, folds, priors}, 0.0), "logistic: 0 is no penalty",
                       std::invalid_argument);
}

TEST_CASE("allowing for surprise by hand: q/p becomes (1 − 1/n)·q/p + 1/n") {
  std::vector<double> log_ratios{0.0, std::log(2.0), -1000.0};
  allow_for_surprise(log_ratios, 10.0);
  CHECK(std::abs(log_ratios[0]) < 1e-12);
  CHECK(std::abs(log_ratios[1] - std::log(1.9)) < 1e-12);
  CHECK(std::abs(log_ratios[2] - std::log(0.1)) < 1e-12);
}

TEST_CASE("qda that is certain and wrong loses what its images allow, no more") {
  // No noise in z, so that a covariance is nothing but what keeps it from being zero.
  const Sample sample = draw("G10_digits_C2_Ainf_napp15", {2000, 1});
  const Labels labels = labels_of(sample);
  for (const char* name : {"qda", "qda_y", "qda_t"}) {
    CAPTURE(std::string(name));
    const CrossFit fit = cross_fit(probe(name), sample.z, labels, {});
    for (const double value : fit.full.z_yt) CHECK(value > -std::log(1600.0) - 1e-9);
  }
}

TEST_CASE("lda's own cross-fit, for several labels at once, gives what the common one gives for each") {
  const Sample sample = draw("G05_mac_a2_b1", {1500, 3, 12});
  const Labels labels = labels_of(sample), y = class_alone(labels), t = transform_alone(labels);
  const ProbeKind& lda = probe("lda");
  ProbeKind common = lda;
  common.is_lda = false;
  const ScaledRows z = standardised_rows(sample.z, 1);
  const CrossFitter joint(z, labels, {.threads = 2});
  const CrossFitter of_y = joint.merged(y), of_t = joint.merged(t);
  const std::vector<CrossFit> together = joint.fit_with(lda, std::array{&of_y, &of_t});
  const std::array fitters{&joint, &of_y, &of_t};
  for (std::size_t k = 0; k < fitters.size(); ++k) {
    const CrossFit alone = fitters[k]->fit(common);
    REQUIRE(together[k].inner.size() == alone.inner.size());
    for (const auto size : {&CrossFit::full, &CrossFit::half, &CrossFit::quarter}) {
      for (std::size_t i = 0; i < alone.full.z_y.size(); ++i) {
        // Scores of float32 sums in another order, under gates that are good to 1e-4 (a gain of 1e-8 nats a row).
        CHECK(std::abs((together[k].*size).z_y[i] - (alone.*size).z_y[i]) < 1e-3);
        CHECK(std::abs((together[k].*size).z_yt[i] - (alone.*size).z_yt[i]) < 1e-3);
      }
      CHECK(std::abs(mean((together[k].*size).z_yt) - mean((alone.*size).z_yt)) < 1e-6);
    }
    for (std::size_t fold = 0; fold < alone.inner.size(); ++fold) {
      CHECK(together[k].inner[fold].rows == alone.inner[fold].rows);
      CHECK(std::abs(mean(together[k].inner[fold].z_yt) - mean(alone.inner[fold].z_yt)) < 1e-6);
      for (std::size_t g = 0; g < 3; ++g) CHECK(std::abs(together[k].gates[fold][g] - alone.gates[fold][g]) < 1e-3);
    }
  }
  CHECK(joint.fit(lda).full.z_yt == together[0].full.z_yt);
}

TEST_CASE("standardised rows: by hand, block by block, with columns far from the others and such as are constant") {
  Matrix<float> z(3, 4);
  for (std::int64_t i = 0; i < 3; ++i) {
    z(i, 0) = static_cast<float>(i);                // deviation √(2/3)
    z(i, 1) = 1e6F + 2.0F * static_cast<float>(i);  // twice that
    z(i, 2) = 7.0F;
    z(i, 3) = 1000.0F * static_cast<float>(i);
  }
  const ScaledRows rows = standardised_rows(z, 1);
  const LargeMatrix held = rows.all(2);
  const MatrixView<const float> all = held;
  // The median of the three that vary is the second's.
  const double root = std::sqrt(2.0 / 3.0);
  CHECK(std::abs(all(2, 0) - 0.5 / root) < 1e-7);
  CHECK(std::abs(all(2, 1) - 1.0 / root) < 1e-7);
  CHECK(all(2, 2) == 0.0F);
  CHECK(std::abs(all(2, 3) - 1.0 / root) < 1e-7);  // by its own deviation
  Matrix<float> some(2, 4);
  rows.gather(std::vector<std::int64_t>{2, 1}, some.view());
  CHECK(std::ranges::equal(some.row(0), all.row(2)));
  CHECK(std::ranges::equal(some.row(1), all.row(1)));
  const std::vector<std::int64_t> numbers{1, 4, 6, 9};
  CHECK(std::ranges::equal(rows_within(numbers, 2, 9), std::vector<std::int64_t>{4, 6}));
  CHECK(window_bounds(rows) == std::vector<std::int64_t>{0, 3});
}
