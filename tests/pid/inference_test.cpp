#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "estimators/joint_probe.h"
#include "estimators/probe_posteriors.h"
#include "pid/gaussian_cells.h"
#include "pid/null.h"
#include "pid/pid.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

const ProbeKind& lda() {
  for (const ProbeKind& kind : probe_kinds()) {
    if (kind.name == "lda") return kind;
  }
  throw std::invalid_argument("no lda");
}

/// (1 − ε) P + ε at one target with one pair of labels, or with labels as its posterior has them (cell −1).
JointPosterior moved_towards(const JointPosterior& p, std::int64_t z, std::int64_t cell, double step) {
  const auto i = static_cast<std::size_t>(z);
  const double before = (1.0 - step) * p.weight[i], after = before + step;
  Matrix<double> joint = p.joint;
  std::vector<double> weight = p.weight;
  for (double& w : weight) w *= 1.0 - step;
  weight[i] = after;
  if (cell >= 0) {
    for (double& q : joint.row(z)) q *= before / after;
    joint(z, cell) += step / after;
  }
  return complete_joint(std::move(joint), std::move(weight), p.first, p.second);
}

JointPosterior exact_joint(const PosteriorSample& sample) {
  const std::int64_t rows = sample.posterior.rows(), cells = sample.posterior.cols();
  Matrix<double> joint(rows, cells);
  for (std::int64_t c = 0; c < rows * cells; ++c) joint.data()[c] = sample.posterior.data()[c];
  return complete_joint(std::move(joint), std::vector<double>(static_cast<std::size_t>(rows), 1.0), 2, 2);
}

}  // namespace

TEST_CASE("influences are the derivatives of the redundancy in the probability of a target, with and without labels") {
  const JointPosterior p = exact_joint(draw_posteriors(gaussian_cells("G05 a2 b1"), 60, 4));
  const RedundancyOptions options{.tolerance = 1e-12};
  // Central differences err by kStep² times the third derivative, which is large where a probability is small.
  constexpr double kStep = 1e-5;
  int compared = 0;
  for (const RedundancyMeasure& measure : redundancy_measures()) {
    const double base = measure.redundancy(p, options).nats;
    for (const std::int64_t cell : {-1, 0, 1, 2, 3}) {
      JointPosterior seen = p;
      if (cell >= 0) seen.observed.assign(60, static_cast<std::int32_t>(cell));
      const auto influence = measure.redundancy(seen, options).influence;
      for (std::int64_t z = 0; z < 60; z += 6) {
        // A rare pair's probability could not move by a step to both sides.
        if (cell >= 0 && p.joint(z, cell) < 0.05) continue;
        ++compared;
        const auto at_step = [&](double step) {
          return measure.redundancy(moved_towards(p, z, cell, step), options).nats;
        };
        CAPTURE(measure.name);
        CAPTURE(cell);
        CAPTURE(z);
        const double slope = (at_step(kStep) - at_step(-kStep)) / (2.0 * kStep);
        CHECK(std::abs(slope - (influence[static_cast<std::size_t>(z)] - base)) < 1e-4);
      }
    }
  }
  CHECK(compared > 60);
}

TEST_CASE("standard errors match the spread over samples, and intervals cover, with posteriors of a probe") {
  // The truth of pid_continuous.csv.
  constexpr std::array<std::array<double, 4>, 3> kTruth{
      {{.0266, .4818, .1859, .1510}, {.2125, .2959, 0, .3368}, {.1389, .3695, .0736, .2633}}};
  constexpr int kSamples = 100;
  std::array<std::array<std::vector<double>, 4>, 3> values;
  std::array<std::array<double, 4>, 3> error{};
  std::array<std::array<int, 4>, 3> covered{};
  for (int s = 0; s < kSamples; ++s) {
    const PosteriorSample sample =
        draw_posteriors(gaussian_cells("G05 a2 b1"), 600, 1000 + static_cast<std::uint64_t>(s));
    const Matrix<float> fitted = probe_posteriors(lda(), sample.z.view(), sample.labels, {});
    const auto results = pid_from_posteriors(fitted.view(), sample.labels, {});
    for (std::size_t m = 0; m < 3; ++m) {
      for (std::size_t part = 0; part < 4; ++part) {
        const PidAtom& atom = results[m].atoms[part];
        values[m][part].push_back(atom.nats);
        error[m][part] += *atom.std_error / kSamples;
        covered[m][part] += *atom.ci_low <= kTruth[m][part] && kTruth[m][part] <= *atom.ci_high ? 1 : 0;
      }
    }
  }
  for (std::size_t m = 0; m < 3; ++m) {
    for (std::size_t part = 0; part < 4; ++part) {
      double mean = 0.0, squares = 0.0;
      for (const double value : values[m][part]) mean += value / kSamples;
      for (const double value : values[m][part]) squares += (value - mean) * (value - mean);
      const double spread = std::sqrt(squares / (kSamples - 1));
      CAPTURE(m);
      CAPTURE(part);
      // A standard deviation over 100 samples is itself known to 1/√200 = 7 %; 4 of that. The absolute term is for
      // I_min's unique part of T, which is zero but for its bias, so that its spread is not normal.
      CHECK(std::abs(error[m][part] - spread) < 0.28 * spread + 5e-4);
      // 95 are expected, sd 2.2; 4 of these. What the posteriors' own influences suggest covers 54 to 100 times.
      CHECK(covered[m][part] >= 86);
    }
  }
}

TEST_CASE("copies of a row in one source add nothing to what is known") {
  const auto once = draw_posteriors(gaussian_cells("G09 A2 b1"), 500, 2);
  const auto thrice = draw_posteriors(gaussian_cells("G09 A2 b1"), 1500, 2, 3);
  const auto a = pid_from_posteriors(once.posterior.view(), once.labels, {});
  const auto b = pid_from_posteriors(thrice.posterior.view(), thrice.labels, {});
  for (std::size_t m = 0; m < a.size(); ++m) {
    for (std::size_t part = 0; part < 4; ++part) {
      CHECK(a[m].atoms[part].nats == doctest::Approx(b[m].atoms[part].nats).epsilon(1e-6));
      CHECK(*a[m].atoms[part].std_error == doctest::Approx(*b[m].atoms[part].std_error).epsilon(1e-4));
    }
  }
}

TEST_CASE("intervals reach over the error and the gap, and rows as sources are flagged") {
  PosteriorSample sample = draw_posteriors(gaussian_cells("G05 a1 b1"), 1000, 5);
  sample.labels.sources_given = false;
  PidOptions options{.measures = {"broja"}, .ci_level = 0.9};
  options.redundancy.max_iterations = 1;
  const Pid pid = pid_from_posteriors(sample.posterior.view(), sample.labels, options).front();
  CHECK(pid.flags == std::vector<std::string>{"not_converged", "no_source"});
  CHECK(pid.gap > 0.01);
  for (const PidAtom& atom : pid.atoms) {
    // 1.64638: Student's quantile for 999 degrees of freedom.
    const double reach = 1.64638 * *atom.std_error + pid.gap;
    CHECK(*atom.ci_high - atom.nats == doctest::Approx(reach).epsilon(1e-5));
    CHECK(atom.nats - *atom.ci_low == doctest::Approx(reach).epsilon(1e-5));
  }
}

TEST_CASE("posteriors that are too sure of themselves are flagged") {
  PosteriorSample sample = draw_posteriors(gaussian_cells("G05 a1 b1"), 2000, 6);
  for (std::int64_t i = 0; i < 2000; ++i) {
    float sum = 0;
    for (float& q : sample.posterior.row(i)) q = q * q * q, sum += q;
    for (float& q : sample.posterior.row(i)) q /= sum;
  }
  const Pid pid = pid_from_posteriors(sample.posterior.view(), sample.labels, {.measures = {"broja"}}).front();
  CHECK(pid.flags == std::vector<std::string>{"overconfident"});
  CHECK(pid.at(PidPart::kRedundancy).claimed_nats > pid.at(PidPart::kRedundancy).nats + 0.05);
}

TEST_CASE("posteriors of a headline: each fold's rows from the probe it took") {
  const PosteriorSample sample = draw_posteriors(gaussian_cells("G05 a2 b1"), 400, 3);
  using Probes = std::vector<std::string>;
  CrossFitOptions halves;
  halves.folds = 2;
  const auto other = std::ranges::find(probe_kinds(), "qda", &ProbeKind::name);
  const Matrix<float> a = probe_posteriors(lda(), sample.z.view(), sample.labels, halves);
  const Matrix<float> b = probe_posteriors(*other, sample.z.view(), sample.labels, halves);
  const Matrix<float> mixed = probe_posteriors(Probes{"lda", "qda"}, sample.z.view(), sample.labels, halves);
  const CrossFitter fitter(sample.z.view(), sample.labels, halves);
  for (std::int64_t i = 0; i < 400; ++i) {
    CHECK(std::ranges::equal(mixed.row(i), (fitter.fold(i) == 0 ? a : b).row(i)));
  }
  CHECK_THROWS_WITH_AS(probe_posteriors(Probes{"lda"}, sample.z.view(), sample.labels, halves),
                       "1 probes are named for 2 folds", std::invalid_argument);
  CHECK_THROWS_WITH_AS(probe_posteriors(Probes{"lda", "none"}, sample.z.view(), sample.labels, halves),
                       "there is no probe 'none'", std::invalid_argument);
}

TEST_CASE("posteriors of the gated probe give the truth where an LDA can, and the prior where there is nothing") {
  const PosteriorSample sample = draw_posteriors(gaussian_cells("G05 a2 b1"), 4000, 8);
  const Matrix<float> fitted = probe_posteriors(lda(), sample.z.view(), sample.labels, {});
  double difference = 0.0;
  for (std::int64_t c = 0; c < 16000; ++c) {
    difference += std::abs(fitted.data()[c] - sample.posterior.data()[c]) / 16000;
  }
  CHECK(difference < 0.02);
  const Labels null = permuted_labels(sample.labels, 1, 0);
  for (const Pid& pid : pid_from_posteriors(probe_posteriors(lda(), sample.z.view(), null, {}).view(), null, {})) {
    for (const PidAtom& atom : pid.atoms) CHECK(std::abs(atom.nats) < 0.003);
  }
}

TEST_CASE("probe posteriors agree with cross_fit's readings of the rows") {
  const PosteriorSample sample = draw_posteriors(gaussian_cells("G09 A2 b1"), 1000, 9);
  const Matrix<float> fitted = probe_posteriors(lda(), sample.z.view(), sample.labels, {});
  const CrossFit fit = cross_fit(lda(), sample.z.view(), sample.labels, {});
  const LogPriors priors = log_priors(sample.labels);
  const Pid pid = pid_from_posteriors(fitted.view(), sample.labels, {.measures = {"i_sx"}}).front();
  double z_y = 0.0, z_yt = 0.0;
  for (const double value : fit.full.z_y) z_y += value / 1000;
  for (const double value : fit.full.z_yt) z_yt += value / 1000;
  // The gates are fitted in float32.
  CHECK(std::abs(pid.z_first - z_y) < 1e-4);
  CHECK(std::abs(pid.z_both - z_yt) < 1e-4);
  for (const std::int64_t i : {0, 17, 400, 999}) {
    const auto row = static_cast<std::size_t>(i);
    const std::int32_t cell = sample.labels.cell(i);
    const double information = std::log(fitted(i, cell)) - priors.cell[static_cast<std::size_t>(cell)];
    CHECK(information == doctest::Approx(fit.full.z_yt[row]).epsilon(1e-3));
  }
}

TEST_CASE("the null: refitted posteriors of permuted labels, with p-values") {
  const PosteriorSample sample = draw_posteriors(gaussian_cells("G05 a2 b1"), 800, 10, 2);
  const PosteriorFit fit = [&](const Labels& labels) { return probe_posteriors(lda(), sample.z.view(), labels, {}); };
  const auto observed = pid_from_posteriors(fit(sample.labels).view(), sample.labels, {});
  const auto null = pid_null(observed, sample.labels, fit, {.permutations = 9, .seed = 3}, {});
  REQUIRE(null.size() == 3);
  for (std::size_t m = 0; m < null.size(); ++m) {
    CHECK(null[m].measure == observed[m].measure);
    // U_Y = .48 for BROJA stands out as far as 9 permutations can tell.
    CHECK(null[m].parts[1].p_value == doctest::Approx(0.1));
    CHECK(std::abs(null[m].parts[1].mean) < 0.02);
    CHECK(null[m].parts[1].std_deviation < 0.02);
  }
  CHECK_THROWS_WITH_AS(pid_null(observed, sample.labels, fit, {.permutations = 0}, {}),
                       "pid null: 0 permutations are too few", std::invalid_argument);
}

TEST_CASE("permuted labels keep counts and the make-up of sources, and lose the order of T within a source") {
  std::vector<std::int64_t> y, t, source;
  for (std::int64_t i = 0; i < 400; ++i) {
    y.push_back(i / 4 % 10);
    t.push_back(i % 4);
    source.push_back(i / 4);
  }
  const Labels labels = code_labels(y, t, source), permuted = permuted_labels(labels, 5, 0);
  std::array<int, 40> count{};
  int same_t = 0, same_y = 0;
  for (std::int64_t i = 0; i < 400; ++i) {
    const auto row = static_cast<std::size_t>(i);
    ++count[static_cast<std::size_t>(permuted.cell(i))];
    CHECK(permuted.y[row] == permuted.y[static_cast<std::size_t>(i / 4 * 4)]);
    same_t += permuted.t[row] == labels.t[row] ? 1 : 0;
    same_y += permuted.y[row] == labels.y[row] ? 1 : 0;
  }
  for (const int n : count) CHECK(n == 10);
  // 400/4 = 100 and 400/10 = 40 are expected; sd √75 = 9, and 2 √90 = 19 since Y moves by sources of 4. 4 of these.
  CHECK(std::abs(same_t - 100) < 36);
  CHECK(std::abs(same_y - 40) < 76);
}

TEST_CASE("what the posteriors' decomposition refuses") {
  const Labels labels = code_labels(std::vector<std::int64_t>{0, 1}, std::vector<std::int64_t>{0, 1}, std::nullopt);
  Matrix<float> posterior(2, 4);
  for (std::int64_t c = 0; c < 8; ++c) posterior.data()[c] = 0.25F;
  CHECK_THROWS_WITH_AS(pid_from_posteriors(posterior.view().middle_rows(0, 1), labels, {}),
                       "pid: the posteriors have 1 rows but the labels 2", std::invalid_argument);
  CHECK_THROWS_WITH_AS(pid_from_posteriors(Matrix<float>(2, 3).view(), labels, {}),
                       "pid: the posteriors have 3 columns but there are 4 cells", std::invalid_argument);
  posterior(1, 2) = 0.5F;
  CHECK_THROWS_WITH_AS(pid_from_posteriors(posterior.view(), labels, {}),
                       "pid: the posteriors of row 1 sum to 1.25, not to 1", std::invalid_argument);
}
