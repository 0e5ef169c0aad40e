// The whole panel with a continuous transformation parameter.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "estimators/transform_bins.h"
#include "support/ground_truth.h"
#include "synergy/bin_curve.h"
#include "synergy/measure.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::testing::draw;
using equinfo::testing::ground_truth;
using equinfo::testing::Sample;
using equinfo::testing::SampleOptions;

namespace {

constexpr double kTurn = 2 * std::numbers::pi;

Labels labels_of(const Sample& sample, double period, int bins = 0) {
  Matrix<double> t(static_cast<std::int64_t>(sample.t_continuous.size()), 1);
  std::ranges::copy(sample.t_continuous, t.data());
  return code_labels(sample.y, t, std::vector<double>{period}, sample.source, bins);
}

MeasureOptions fast(int threads = 0) {
  MeasureOptions options;
  options.estimators = kFastEstimators;
  options.threads = threads;
  return options;
}

void check_covered(const Panel& panel, const std::string& problem) {
  const auto& truth = ground_truth(problem);
  for (const auto& [quantity, value] : {std::pair{Quantity::kZY, truth.z_y},
                                        {Quantity::kZT, truth.z_t},
                                        {Quantity::kZYGivenT, truth.z_y_given_t},
                                        {Quantity::kZTGivenY, truth.z_t_given_y},
                                        {Quantity::kZYT, truth.z_yt},
                                        {Quantity::kSynergy, truth.synergy}}) {
    CAPTURE(name_of(quantity));
    const Estimate& estimate = panel.at(quantity);
    // One sample of 4,000 rows: the interval, widened by half its width, so that one draw is no matter of luck.
    const double slack = 0.25 * (*estimate.ci_high - *estimate.ci_low);
    CHECK(value > *estimate.ci_low - slack);
    CHECK(value < *estimate.ci_high + slack);
  }
}

}  // namespace

TEST_CASE("continuous T: truths of a linear code, a ring and an arc are in the intervals, ceilings only of the class") {
  for (const auto& [problem, period] :
       {std::pair{"G12_lin_contT_a2_b1", 0.0}, {"G13a_ring_samer3_offset180", kTurn}, {"G13c_arc_r2.5_120deg", 0.0}}) {
    CAPTURE(problem);
    const Sample sample = draw(problem, {.rows = 4000, .seed = 1});
    const Measurement m = measure(sample.z, labels_of(sample, period), fast());
    check_covered(m.panels[0], problem);
    CHECK(m.panels[0].chain_residual < 1e-12);
    CHECK(m.design.independent);
    for (const Quantity quantity : {Quantity::kZT, Quantity::kZTGivenY, Quantity::kZYT}) {
      const Estimate& estimate = m.panels[0].at(quantity);
      CHECK(!estimate.ceiling_nats);
      CHECK(estimate.kind == EstimateKind::kLowerBound);
      CHECK(std::ranges::count(estimate.flags, "binned") == 1);
    }
    CHECK(std::ranges::count(m.panels[0].at(Quantity::kZY).flags, "binned") == 0);
    CHECK(m.panels[0].at(Quantity::kZYGivenT).ceiling_nats == m.design.h_y);
    CHECK(m.panels[0].at(Quantity::kSynergy).ceiling_nats.has_value());
    CHECK(m.panels[0].estimates.size() == kQuantities.size() - 1);  // no share
    CHECK(m.panels.back().estimator == "knn");
    CHECK(m.panels.back().at(Quantity::kZT).kind == EstimateKind::kPoint);
  }
}

TEST_CASE("continuous T: padded to 16 dimensions and rotated, neighbouring bins share strength") {
  SampleOptions options{.rows = 4000, .seed = 1};
  options.dims = 16;
  options.rotate = true;
  const Sample sample = draw("G13a_ring_samer3_offset180", options);
  const Measurement m = measure(sample.z, labels_of(sample, kTurn), fast());
  check_covered(m.panels[0], "G13a_ring_samer3_offset180");
  CHECK(m.panels[2].estimator == "lda");
  CHECK(m.panels[3].estimator == "lda_smooth");
  // In 16 dimensions lda misses .07 of I(Z;T) with 64 cells of 62 rows, lda_smooth .03 of it, bins and all.
  CHECK(m.panels[3].at(Quantity::kZT).nats > m.panels[2].at(Quantity::kZT).nats + 0.02);
}

TEST_CASE("continuous T: nothing to find reads nothing, with several rows a source") {
  SampleOptions options{.rows = 4000, .seed = 2, .rows_per_source = 4};
  options.source_correlation = 0.9;
  Sample null = draw("G16_null", options);
  const Sample labels = draw("G12_lin_contT_a2_b1", options);
  null.y = labels.y;
  null.t_continuous = labels.t_continuous;
  const Measurement m = measure(null.z, labels_of(null, 0), fast());
  for (const Quantity quantity : {Quantity::kZY, Quantity::kZT, Quantity::kZYT, Quantity::kSynergy}) {
    CHECK(std::abs(m.panels[0].at(quantity).nats) < 0.01);
  }
}

TEST_CASE("continuous T: the same bits for one thread and for two, and for a circle turned") {
  const Sample sample = draw("G13a_ring_samer3_offset180", {.rows = 600, .seed = 3});
  Sample turned = sample;
  for (double& t : turned.t_continuous) t += 2.0;
  const Measurement one = measure(sample.z, labels_of(sample, kTurn), fast(1));
  const Measurement two = measure(sample.z, labels_of(sample, kTurn), fast(2));
  const Measurement other = measure(turned.z, labels_of(turned, kTurn), fast(2));
  for (std::size_t p = 0; p < one.panels.size(); ++p) {
    for (std::size_t e = 0; e < one.panels[p].estimates.size(); ++e) {
      CHECK(one.panels[p].estimates[e].nats == two.panels[p].estimates[e].nats);
      CHECK(one.panels[p].estimates[e].ci_high == two.panels[p].estimates[e].ci_high);
      CHECK(std::abs(one.panels[p].estimates[e].nats - other.panels[p].estimates[e].nats) < 1e-12);
    }
  }
}

TEST_CASE("continuous T: labels that depend on it are found, and independent ones are not") {
  Sample sample = draw("G12_lin_contT_a2_b1", {.rows = 600, .seed = 4});
  CHECK(describe_design(labels_of(sample, 0)).independent);
  for (std::size_t i = 0; i < sample.y.size(); ++i) sample.t_continuous[i] += static_cast<double>(sample.y[i]);
  CHECK(!describe_design(labels_of(sample, 0)).independent);
}

TEST_CASE("continuous T: what the curve over bins says is missing") {
  BinCurve curve{{8, 16, 32}, {}};
  const auto set = [&](double a, double b, double c) {
    const auto q = static_cast<std::size_t>(Quantity::kZT);
    curve.readings[0][q].mean = a, curve.readings[1][q].mean = b, curve.readings[2][q].mean = c;
  };
  set(0.0, 0.75, 0.9375);  // 1 − bins⁻² …: the rest is a third of the last step
  CHECK(std::abs(curve.missing(Quantity::kZT) - 0.0625) < 1e-15);
  set(0.0, 0.5, 0.75);  // 1 − bins⁻¹ …: as much as the last step
  CHECK(std::abs(curve.missing(Quantity::kZT) - 0.25) < 1e-15);
  set(0.0, 0.1, 0.4);  // steeper than any law: never more than the last step
  CHECK(std::abs(curve.missing(Quantity::kZT) - 0.3) < 1e-15);
  CHECK(curve.missing(Quantity::kZY) == 0.0);
}

TEST_CASE("continuous T: lda_smooth is not mentioned where T is discrete, and refuses it when asked for alone") {
  const Sample sample = draw("G05_mac_a2_b1", {.rows = 400, .seed = 5});
  const Labels labels = code_labels(sample.y, sample.t, sample.source);
  const Measurement m = measure(sample.z, labels, fast());
  for (const Panel& panel : m.panels) CHECK(panel.estimator != "lda_smooth");
  MeasureOptions alone;
  alone.estimators = {"lda_smooth"};
  CHECK_THROWS_WITH_AS(measure(sample.z, labels, alone),
                       "lda_smooth: T is discrete, and its values have no neighbours to share with",
                       std::invalid_argument);
  const Matrix<double> same(400, 1);
  const Labels constant = code_labels(sample.y, same, std::vector<double>{0}, sample.source);
  CHECK_THROWS_WITH_AS(measure(sample.z, constant, fast()),
                       "t has the single value 0: nothing can be measured about a transformation that never varies",
                       std::invalid_argument);
}
