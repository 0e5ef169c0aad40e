#include <algorithm>
#include <cmath>
#include <vector>

#include "synergy/panel.h"
#include "synergy/probe_panel.h"
#include "synergy/second_opinion.h"
#include "synergy/verdict.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Four rows in a crossed 2 × 2 design, and what each tells.
struct Case {
  Labels labels = code_labels(std::vector<std::int64_t>{0, 0, 1, 1}, std::vector<std::int64_t>{0, 1, 0, 1},
                              std::vector<std::int64_t>{0, 1, 2, 3});
  Design design = describe_design(labels);
  RowInformation rows{{0.1, 0.2, 0.3, 0.4}, {0.0, 0.1, 0.0, 0.1}, {0.5, 0.5, 0.5, 0.5}};
};

CrossFit cross_fit_of(const RowInformation& full, double half_factor, double quarter_factor) {
  CrossFit fit{full, full, full, {{1, 1, 1}}};
  for (auto* values : {&fit.half.z_y, &fit.half.z_t, &fit.half.z_yt}) {
    for (double& value : *values) value *= half_factor;
  }
  for (auto* values : {&fit.quarter.z_y, &fit.quarter.z_t, &fit.quarter.z_yt}) {
    for (double& value : *values) value *= quarter_factor;
  }
  return fit;
}

bool has(const Estimate& estimate, const std::string& flag) {
  return std::ranges::find(estimate.flags, flag) != estimate.flags.end();
}

std::vector<std::string> texts_of(const Verdict& verdict) {
  std::vector<std::string> texts;
  for (const Reason& reason : verdict.reasons) texts.push_back(reason.text());
  return texts;
}

}  // namespace

TEST_CASE("a point panel by hand: every quantity, its error and its ceiling") {
  const Case c;
  const Panel panel = point_panel("knn", c.rows, c.labels, c.design, 0.95);
  CHECK(std::abs(panel.at(Quantity::kZY).nats - 0.25) < 1e-12);
  CHECK(std::abs(panel.at(Quantity::kZT).nats - 0.05) < 1e-12);
  CHECK(std::abs(panel.at(Quantity::kZYGivenT).nats - 0.45) < 1e-12);
  CHECK(std::abs(panel.at(Quantity::kZTGivenY).nats - 0.25) < 1e-12);
  CHECK(std::abs(panel.at(Quantity::kZYT).nats - 0.5) < 1e-12);
  CHECK(std::abs(panel.at(Quantity::kSynergy).nats - 0.2) < 1e-12);
  CHECK(std::abs(panel.at(Quantity::kYTGivenZ).nats - 0.2) < 1e-12);
  CHECK(std::abs(panel.at(Quantity::kSynergyShare).nats - 0.2 / (std::log(2.0) - 0.05)) < 1e-12);
  CHECK(std::abs(*panel.at(Quantity::kZY).ceiling_nats - std::log(2.0)) < 1e-12);
  CHECK(std::abs(*panel.at(Quantity::kSynergy).ceiling_nats - (std::log(2.0) - 0.25)) < 1e-12);
  // Sample variance of .1 … .4 is .05/3; its mean's error √(.05/12); Student's factor for 3 degrees of freedom 3.1824.
  const Estimate& z_y = panel.at(Quantity::kZY);
  CHECK(std::abs(*z_y.std_error - std::sqrt(0.05 / 12)) < 1e-12);
  CHECK(std::abs(*z_y.ci_high - (0.25 + 3.182446 * std::sqrt(0.05 / 12))) < 1e-6);
  CHECK(panel.chain_residual < 1e-15);
  CHECK(!has(z_y, "no_source"));
}

TEST_CASE("flags: negative, above the ceiling, no source, dependent labels") {
  Case c;
  c.rows.z_y = {-0.1, -0.2, -0.1, -0.2};
  c.rows.z_yt = {2, 2, 2, 2};
  c.labels.sources_given = false;
  c.design.independent = false;
  const Panel panel = point_panel("knn", c.rows, c.labels, c.design, 0.9);
  CHECK(has(panel.at(Quantity::kZY), "negative"));
  CHECK(has(panel.at(Quantity::kZYT), "above_ceiling"));
  CHECK(has(panel.at(Quantity::kZT), "no_source"));
  CHECK(has(panel.at(Quantity::kZT), "labels_dependent"));
  CHECK(panel.at(Quantity::kZYT).nats == 2.0);  // shown as it is, never clipped
}

TEST_CASE("an end or a ceiling that an estimate passes by rounding alone is moved to it, further ones are not") {
  Case c;
  c.rows.z_y.assign(4, c.design.h_y + 1e-9);  // Z tells the class whole
  c.rows.z_yt.assign(4, c.design.h_y + 1e-9 - 1e-8);
  c.rows.z_t.assign(4, 0.0);
  const auto panels = probe_panels("lda", cross_fit_of(c.rows, 1, 1), c.labels, c.design, 0.95);
  for (const Estimate& estimate : panels.bound.estimates) {
    if (!estimate.ci_low) continue;
    CAPTURE(name_of(estimate.quantity));
    CHECK((*estimate.ci_low <= estimate.nats && estimate.nats <= *estimate.ci_high));
  }
  const Estimate &z_y = panels.bound.at(Quantity::kZY), &synergy = panels.bound.at(Quantity::kSynergy);
  CHECK(*z_y.ceiling_nats == z_y.nats);
  CHECK(std::abs(synergy.nats + 1e-8) < 1e-15);  // as it is
  CHECK((*synergy.ci_low == synergy.nats && *synergy.ci_high == 0.0));
  CHECK(*synergy.ceiling_nats == 0.0);  // nobody can be left less than nothing
  CHECK(!has(synergy, "negative"));
  c.rows.z_y.assign(4, c.design.h_y + 1e-3);
  const Panel above = point_panel("knn", c.rows, c.labels, c.design, 0.95);
  CHECK(*above.at(Quantity::kZY).ceiling_nats == c.design.h_y);
  CHECK(has(above.at(Quantity::kZY), "above_ceiling"));
}

TEST_CASE("probe panels: limit, shortfall and band by hand") {
  // I(n) = full, .9 full, .8 full: the limit is 8/3 − 1.8 + .8/3 = 17/15 of the full reading.
  const Case c;
  const ProbePanels panels = probe_panels("lda", cross_fit_of(c.rows, 0.9, 0.8), c.labels, c.design, 0.95);
  const double gain = 17.0 / 15.0 - 1.0;
  CHECK(std::abs(panels.extrapolated.at(Quantity::kZYT).nats - 0.5 * (1 + gain)) < 1e-12);
  CHECK(panels.extrapolated.at(Quantity::kZYT).kind == EstimateKind::kPoint);
  CHECK(panels.bound.at(Quantity::kZYT).nats == doctest::Approx(0.5).epsilon(1e-12));
  CHECK(panels.bound.at(Quantity::kZYT).kind == EstimateKind::kLowerBound);
  CHECK(panels.bound.at(Quantity::kSynergy).kind == EstimateKind::kDifference);
  CHECK(std::abs(panels.shortfall.z_y - 0.25 * gain) < 1e-12);
  CHECK(std::abs(panels.shortfall.z_t - 0.05 * gain) < 1e-12);
  // The joint information has no spread here, so its interval is what the curve leaves open alone. Through the two
  // largest sizes the limit is 11/10 of the full reading, 1/30 less.
  const double form = 1.0 / 30.0, unseen = form + gain / 3.0;
  CHECK(std::abs(*panels.bound.at(Quantity::kZYT).ci_low - 0.5) < 1e-12);
  CHECK(std::abs(*panels.bound.at(Quantity::kZYT).ci_high - 0.5 * (1 + gain + unseen)) < 1e-12);
  CHECK(std::abs(*panels.extrapolated.at(Quantity::kZYT).ci_low - 0.5 * (1 + gain - form)) < 1e-12);
  CHECK(std::abs(*panels.extrapolated.at(Quantity::kZYT).ci_high - 0.5 * (1 + gain + unseen)) < 1e-12);
  CHECK(panels.extrapolation_reliable);
  CHECK(panels.extrapolated.chain_residual < 1e-15);
}

TEST_CASE("probe panels: a steep learning curve is not extrapolated") {
  const Case c;
  const ProbePanels panels = probe_panels("lda", cross_fit_of(c.rows, 0.5, 0.2), c.labels, c.design, 0.95);
  CHECK(!panels.extrapolation_reliable);
  CHECK(panels.extrapolated.at(Quantity::kZYT).nats == panels.bound.at(Quantity::kZYT).nats);
  CHECK(panels.extrapolated.at(Quantity::kZYT).kind == EstimateKind::kLowerBound);
  CHECK(has(panels.extrapolated.at(Quantity::kZYT), "extrapolation_unreliable"));
  CHECK(*panels.bound.at(Quantity::kZYT).ci_high > 0.7);  // the interval still reaches to the limit
}

TEST_CASE("probe panels: a curve must make sense for each information, and end below the ceiling") {
  const Case c;
  // I(Z;T) alone is wild: .05 after all sources, .01 after half, so that its limit is .115; the joint one is flat.
  CrossFit fit = cross_fit_of(c.rows, 1, 1);
  for (auto* values : {&fit.full.z_t, &fit.half.z_t, &fit.quarter.z_t}) *values = {0.05, 0.05, 0.05, 0.05};
  for (double& value : fit.half.z_t) value *= 0.2;
  for (double& value : fit.quarter.z_t) value *= 0.1;
  CHECK(!probe_panels("lda", fit, c.labels, c.design, 0.95).extrapolation_reliable);
  // I(Z;Y) is .68 of at most .693 and gains .09, or an eighth, on the way to its limit: not steep, but not possible.
  fit = cross_fit_of(c.rows, 1, 1);
  for (auto* values : {&fit.full.z_y, &fit.half.z_y, &fit.quarter.z_y}) *values = {0.68, 0.68, 0.68, 0.68};
  for (auto* values : {&fit.full.z_yt, &fit.half.z_yt, &fit.quarter.z_yt}) *values = {0.7, 0.7, 0.7, 0.7};
  CHECK(probe_panels("lda", fit, c.labels, c.design, 0.95).extrapolation_reliable);
  for (double& value : fit.half.z_y) value *= 0.9;
  for (double& value : fit.quarter.z_y) value *= 0.8;
  const ProbePanels above = probe_panels("lda", fit, c.labels, c.design, 0.95);
  CHECK(!above.extrapolation_reliable);
  CHECK(above.extrapolated.at(Quantity::kZY).nats == doctest::Approx(0.68).epsilon(1e-12));
  CHECK(above.extrapolated.chain_residual < 1e-12);
}

TEST_CASE("probe panels: the synergy's interval is cut at zero, and an empty cut is flagged") {
  Case c;
  const ProbePanels panels = probe_panels("lda", cross_fit_of(c.rows, 1, 1), c.labels, c.design, 0.95);
  CHECK(*panels.bound.at(Quantity::kSynergy).ci_low == 0.0);
  c.rows.z_yt = {-0.4, -0.2, -0.2, 0.0};
  const auto empty = probe_panels("lda", cross_fit_of(c.rows, 1, 1), c.labels, c.design, 0.95);
  CHECK(has(empty.bound.at(Quantity::kSynergy), "empty_interval"));
  CHECK(*empty.bound.at(Quantity::kSynergy).ci_high < 0.0);
  Panel headline = empty.bound;
  CHECK(judge(headline, nullptr, nullptr, c.labels, c.design).level == VerdictLevel::kRed);
}

TEST_CASE("probe panels: a synergy below zero by less than its sampling error keeps an interval above it") {
  Case c;
  const auto synergy_of = [&] {
    const auto panels = probe_panels("lda", cross_fit_of(c.rows, 1, 1), c.labels, c.design, 0.95);
    return panels.extrapolated.at(Quantity::kSynergy);
  };
  c.rows.z_yt = {0.0, 0.1, 0.2, 0.0};  // s = −.1, −.2, −.1, −.5 ; four sources do not tell it from 0
  CHECK(*synergy_of().ci_low == 0.0);
  CHECK(*synergy_of().ci_high > 0.0);
  // s = −.14 with a standard error of nothing.
  for (std::size_t i = 0; i < 4; ++i) c.rows.z_yt[i] = c.rows.z_y[i] + c.rows.z_t[i] - 0.14;
  CHECK(has(synergy_of(), "empty_interval"));
}

TEST_CASE("second opinions: an excess widens, a contradiction opens the interval up to the ceiling") {
  Case c;
  const auto headline_with = [&](double excess_z_y, double excess_z_yt, bool flagged) {
    Panel headline = probe_panels("best", cross_fit_of(c.rows, 1, 1), c.labels, c.design, 0.95).extrapolated;
    for (Estimate& estimate : headline.estimates) {
      estimate.ci_low = estimate.nats - 0.01;
      estimate.ci_high = estimate.nats + 0.01;
    }
    RowInformation more = c.rows;
    for (double& value : more.z_y) value += excess_z_y;
    for (double& value : more.z_yt) value += excess_z_yt;
    Panel knn = point_panel("knn", more, c.labels, c.design, 0.95);
    for (Estimate& estimate : knn.estimates) {
      estimate.ci_low = estimate.nats - 0.01;
      estimate.ci_high = estimate.nats + 0.01;
    }
    if (flagged) headline.at(Quantity::kZY).flags.emplace_back("knn_above_probe");
    reach_to_second_opinion(headline, knn, panel_means(difference(more, c.rows), c.labels, c.design), c.design);
    return headline;
  };
  const Panel same = headline_with(0.0, 0.0, false);
  CHECK(*same.at(Quantity::kZY).ci_high == doctest::Approx(0.26).epsilon(1e-12));
  CHECK(!has(same.at(Quantity::kZY), "reaches_to_knn"));

  const Panel wider = headline_with(0.015, 0.03, false);
  CHECK(*wider.at(Quantity::kZY).ci_low == doctest::Approx(0.24).epsilon(1e-12));
  CHECK(*wider.at(Quantity::kZY).ci_high == doctest::Approx(0.275).epsilon(1e-12));
  CHECK(*wider.at(Quantity::kZT).ci_high == doctest::Approx(0.06).epsilon(1e-12));
  CHECK(*wider.at(Quantity::kZTGivenY).ci_high == doctest::Approx(0.29).epsilon(1e-12));
  CHECK(*wider.at(Quantity::kSynergy).ci_low == doctest::Approx(0.19).epsilon(1e-12));  // I(Z;T) has no excess
  CHECK(*wider.at(Quantity::kSynergy).ci_high == doctest::Approx(0.24).epsilon(1e-12));
  CHECK(has(wider.at(Quantity::kZYT), "reaches_to_knn"));
  CHECK(wider.at(Quantity::kZY).nats == same.at(Quantity::kZY).nats);

  // Neighbours that read above H(Y) lead to H(Y), not beyond it.
  const Panel impossible = headline_with(0.5, 1.5, false);
  CHECK(*impossible.at(Quantity::kZY).ci_high == c.design.h_y);
  CHECK(*impossible.at(Quantity::kZYGivenT).ci_high == *impossible.at(Quantity::kZYGivenT).ceiling_nats);
  CHECK(*impossible.at(Quantity::kZYT).ci_high == c.design.h_yt);
  CHECK(has(impossible.at(Quantity::kZY), "reaches_to_knn"));

  const Panel contradicted = headline_with(0.3, 0.3, true);
  CHECK(*contradicted.at(Quantity::kZY).ci_high == doctest::Approx(c.design.h_y).epsilon(1e-12));
  CHECK(*contradicted.at(Quantity::kZT).ci_high == doctest::Approx(0.06).epsilon(1e-12));
  CHECK(*contradicted.at(Quantity::kSynergy).ci_high ==
        doctest::Approx(*contradicted.at(Quantity::kSynergy).ceiling_nats).epsilon(1e-12));
}

TEST_CASE("verdicts: agreement, kNN below, kNN above") {
  Case c;
  const ProbePanels probe = probe_panels("lda", cross_fit_of(c.rows, 1, 1), c.labels, c.design, 0.95);
  Labels many = c.labels;
  many.sources = 1000;  // only the check for few sources looks at it
  const auto verdict_with = [&](double joint_shift, double marginal_shift = 0.0) {
    RowInformation knn = c.rows;
    for (double& value : knn.z_yt) value += joint_shift;
    for (double& value : knn.z_y) value += marginal_shift;
    for (double& value : knn.z_t) value += marginal_shift;
    Panel headline = probe.bound;
    for (Estimate& estimate : headline.estimates) estimate.std_error = 0.001;
    Panel second = point_panel("knn", knn, c.labels, c.design, 0.95);
    for (Estimate& estimate : second.estimates) {
      estimate.std_error = 0.001;
      estimate.ci_low = estimate.nats - 0.002;
    }
    return judge(headline, &second, nullptr, many, c.design);
  };
  CHECK(verdict_with(0.01).level == VerdictLevel::kGreen);
  CHECK(verdict_with(-0.2).level == VerdictLevel::kAmber);
  CHECK(verdict_with(-0.2).of_knn_alone());
  CHECK(verdict_with(-0.2).reasons.front().text().starts_with("kNN reads less than the probe ("));
  CHECK(verdict_with(0.5).level == VerdictLevel::kRed);
  // Neighbours that miss .3 of each information and .1 of the joint one read .5 more synergy: no contradiction.
  CHECK(verdict_with(-0.1, -0.3).level == VerdictLevel::kAmber);
  CHECK(name_of(VerdictLevel::kAmber) == "AMBER");
}

TEST_CASE("verdicts: a further reason replaces what GREEN said, and the gravest comes first") {
  Verdict verdict{VerdictLevel::kGreen, {"all is well"}};
  raise(verdict, VerdictLevel::kAmber, "something to know");
  CHECK(texts_of(verdict) == std::vector<std::string>{"something to know"});
  raise(verdict, VerdictLevel::kAmber, "and more");
  raise(verdict, VerdictLevel::kRed, "wrong");
  CHECK(verdict.level == VerdictLevel::kRed);
  CHECK(texts_of(verdict) == std::vector<std::string>{"wrong", "something to know", "and more"});
}

TEST_CASE("verdicts: neighbours that read less come after what is about the probe, and are told from it") {
  Verdict verdict;
  CHECK(!verdict.of_knn_alone());
  raise(verdict, VerdictLevel::kAmber, {"kNN reads {} less", {0.5}, true});
  CHECK(verdict.of_knn_alone());
  raise(verdict, VerdictLevel::kAmber, "add images");
  raise(verdict, VerdictLevel::kAmber, "or dimensions");
  CHECK(!verdict.of_knn_alone());
  CHECK(texts_of(verdict) == std::vector<std::string>{"add images", "or dimensions", "kNN reads 0.500 less"});
  raise(verdict, VerdictLevel::kRed, "wrong");
  CHECK(texts_of(verdict).front() == "wrong");
  CHECK(!verdict.of_knn_alone());
}

TEST_CASE("verdicts: the amounts of a reason in any unit") {
  const Reason reason("{} {unit} here, {} there", {0.5, 0.25});
  CHECK(reason.text() == "0.500 nats here, 0.250 there");
  CHECK(reason.text(2.0, "halves") == "1.000 halves here, 0.500 there");
  CHECK(Reason("{} without a number").text() == "{} without a number");
}
