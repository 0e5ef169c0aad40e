#include "synergy/probe_checks.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/ground_truth.h"
#include "synergy/measure.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// A panel with a synergy of .1 and nothing else of interest.
Panel headline() {
  Panel panel{"best", {}, 0.0, {}};
  for (const Quantity quantity : {Quantity::kZYT, Quantity::kYT, Quantity::kSynergy}) {
    panel.estimates.push_back({quantity, EstimateKind::kPoint, 0.1});
  }
  return panel;
}

bool limited(const Panel& panel, Quantity quantity) {
  return std::ranges::find(panel.at(quantity).flags, "dimension_limited") != panel.at(quantity).flags.end();
}

}  // namespace

TEST_CASE("probe checks: S from separate probes, and the excess, on the same rows") {
  testing::Sample sample = testing::draw("G05_mac_a2_b1", {1000, 4, 2});
  const Labels labels = code_labels(sample.y, sample.t, sample.source);
  standardise(sample.z);
  const Design design = describe_design(labels);
  const CrossFit fit = cross_fit(probe_kinds().front(), sample.z, labels, {});
  const ProbePanels joint = probe_panels("lda", fit, labels, design, 0.95);
  REQUIRE(joint.extrapolation_reliable);
  const ProbeChecks checks = check_probes(sample.z, labels, joint, {});
  CHECK(!checks.noise_loss);

  const std::vector<std::int64_t> nothing(sample.y.size(), 0);
  const Labels class_alone = code_labels(sample.y, nothing, sample.source);
  const double alone = mean(extrapolated(cross_fit(probe_kinds().front(), sample.z, class_alone, {})).z_y);
  // The same folds, since these are by class; LDA's sums are added in another order, and its rules are float32.
  CHECK(std::abs(checks.excess_y.mean - (alone - mean(joint.rows.z_y))) < 1e-6);
  const double conditional = joint.extrapolated.at(Quantity::kZYGivenT).nats;
  CHECK(std::abs(checks.s_y - (conditional - alone)) < 1e-6);
  // p(z|t) is a mixture of two bumps four apart, which one Gaussian a transformation does not fit: .10 to .13 short on
  // twelve samples of 2,000 rows.
  CHECK(checks.excess_t.mean < -0.05);
  CHECK(checks.s_t > checks.s_y);
}

TEST_CASE("probe checks: noise columns cost little where there are rows enough, and much where there are not") {
  const auto loss_of = [](std::int64_t rows, std::int64_t columns) {
    testing::Sample sample = testing::draw("G11_cells10x4_A3", {rows, 4});
    const Labels labels = code_labels(sample.y, sample.t, sample.source);
    standardise(sample.z);
    const CrossFit fit = cross_fit(probe_kinds().front(), sample.z, labels, {});
    const ProbePanels joint = probe_panels("lda", fit, labels, describe_design(labels), 0.95);
    return *check_probes(sample.z, labels, joint, {{}, columns}).noise_loss;
  };
  CHECK(std::abs(loss_of(2000, 2).mean) < 0.02);  // one such column costs about .0015 at full size
  const ClusteredMean loss = loss_of(400, 256);
  CHECK(loss.mean > 2.0 * loss.std_error);
  CHECK(loss.mean > 0.02);
}

TEST_CASE("probe checks: what they say, by hand") {
  ProbeChecks checks{0.1, 0.1, {0.009, 0.001}, {0.02, 0.011}, ClusteredMean{0.03, 0.016}};
  Panel panel = headline();
  Verdict verdict;
  tell_checks(checks, panel, verdict);
  CHECK(verdict.level == VerdictLevel::kGreen);  // .009 is harmless, .02 and .03 are within two standard errors
  CHECK(!limited(panel, Quantity::kZYT));

  checks.excess_t.std_error = 0.009;
  tell_checks(checks, panel, verdict);
  CHECK(verdict.level == VerdictLevel::kAmber);
  REQUIRE(verdict.reasons.size() == 1);
  CHECK(verdict.reasons.front().text() ==
        "a linear probe that knows the transformation alone reads 0.020 more of I(Z;T) than the headline, which knows "
        "both labels: the probes fit these data badly; take the estimate for a lower bound, and compare mlp and "
        "knn_logits");
  CHECK(!limited(panel, Quantity::kZYT));

  checks.noise_loss->std_error = 0.014;
  tell_checks(checks, panel, verdict);
  CHECK(verdict.reasons.back().text() ==
        "columns of noise beside Z cost lda 0.030 nats of I(Z;Y,T), so that Z has more dimensions than the images can "
        "serve: add images, or reduce Z (by principal components, say)");
  CHECK(limited(panel, Quantity::kZYT));
  CHECK(limited(panel, Quantity::kSynergy));
  CHECK(!limited(panel, Quantity::kYT));  // of the labels alone
}
