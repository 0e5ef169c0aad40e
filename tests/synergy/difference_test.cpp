#include <cmath>
#include <stdexcept>

#include "core/random.h"
#include "support/ground_truth.h"
#include "synergy/difference.h"
#include "synergy/measure.h"
#include "synergy/run_pool.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Four rows of two sources, and a panel whose estimates are the means of the rows.
struct Example {
  Labels labels;
  Design design;
  RowInformation rows;
  Panel panel;

  Example(std::vector<double> z_y, std::vector<double> z_t, std::vector<double> z_yt)
      : labels(code_labels(std::vector<std::int64_t>{0, 0, 1, 1}, std::vector<std::int64_t>{0, 1, 0, 1},
                           std::vector<std::int64_t>{0, 0, 1, 1})),
        design(describe_design(labels)),
        rows{std::move(z_y), std::move(z_t), std::move(z_yt)},
        panel(point_panel("best", rows, labels, design, 0.95)) {}

  PanelReading reading() const { return {panel, rows, labels, design}; }
};

const Difference& of(Quantity quantity, const Comparison& comparison) {
  for (const Difference& difference : comparison.differences) {
    if (difference.quantity == quantity) return difference;
  }
  throw std::invalid_argument("no such difference");
}

}  // namespace

TEST_CASE("a paired difference by hand: what both embeddings find hard cancels") {
  const Example a({1, 1, 3, 3}, {0, 0, 0, 0}, {1, 1, 3, 3}), b({2, 2, 5, 5}, {0, 0, 0, 0}, {2, 2, 5, 5});
  const Comparison comparison = compare(a.reading(), b.reading(), 0.95);
  CHECK(comparison.paired);
  const Difference& d = of(Quantity::kZY, comparison);
  CHECK((d.first == 2.0 && d.second == 3.5 && d.nats == 1.5));
  // Differences 1, 1, 2, 2: sums within the sources −1 and 1, SE² = 2/1 · (1 + 1) / 16.
  CHECK(std::abs(d.std_error - 0.5) < 1e-12);
  const double reach = interval_factor(0.95, 2) * 0.5;
  CHECK(std::abs(d.ci_low - (1.5 - reach)) < 1e-12);
  CHECK(std::abs(d.ci_high - (1.5 + reach)) < 1e-12);
}

TEST_CASE("other samples: independent errors add up") {
  const Example a({1, 1, 3, 3}, {0, 0, 0, 0}, {1, 1, 3, 3});
  Example b({2, 2, 5, 5}, {0, 0, 0, 0}, {2, 2, 5, 5});
  b.labels.t_values = {0, 90};
  const Comparison comparison = compare(a.reading(), b.reading(), 0.95);
  CHECK(!comparison.paired);
  // SE of a: sums −2 and 2 give 1; of b: −3 and 3 give 1.5.
  CHECK(std::abs(of(Quantity::kZY, comparison).std_error - std::sqrt(1.0 + 2.25)) < 1e-12);
}

TEST_CASE("the interval of a difference reaches by what either probe falls short") {
  Example a({1, 1, 3, 3}, {0, 0, 0, 0}, {1, 1, 3, 3}), b({1, 1, 3, 3}, {0, 0, 0, 0}, {1, 1, 3, 3});
  // Readings of 2 nats about two classes leave nothing open; where the possible ends is for another test.
  for (Example* e : {&a, &b}) e->panel.at(Quantity::kSynergy).ceiling_nats.reset();
  // Intervals without sampling error, which hold nothing but what is left open.
  const auto set = [](Example& e, Quantity quantity, double below, double above) {
    Estimate& estimate = e.panel.at(quantity);
    estimate.std_error = 0.0;
    estimate.ci_low = estimate.nats - below, estimate.ci_high = estimate.nats + above;
  };
  set(a, Quantity::kZY, 0.0, 0.3);
  set(b, Quantity::kZY, 0.2, 0.0);
  set(a, Quantity::kSynergy, 0.0, 0.1);  // cut at zero
  set(b, Quantity::kSynergy, 0.0, 0.0);
  a.panel.numbers = {{"open_below", Quantity::kSynergy, 0.4}, {"open_above", Quantity::kSynergy, 0.05}};
  const Comparison comparison = compare(a.reading(), b.reading(), 0.95);
  CHECK(of(Quantity::kZY, comparison).std_error == 0.0);
  CHECK(std::abs(of(Quantity::kZY, comparison).ci_low - -0.5) < 1e-12);
  CHECK(std::abs(of(Quantity::kZY, comparison).ci_high - 0.0) < 1e-12);
  CHECK(std::abs(of(Quantity::kSynergy, comparison).ci_low - -0.1) < 1e-12);
  CHECK(std::abs(of(Quantity::kSynergy, comparison).ci_high - 0.4) < 1e-12);
}

TEST_CASE("what may hide below the noise of either embedding is in their difference and in their pool") {
  Example a({0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}), b({0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0});
  for (Example* e : {&a, &b}) e->panel.at(Quantity::kZY).ci_high = 0.01;
  Estimate& faint = b.panel.at(Quantity::kZY);
  faint.ci_high = 0.04;
  faint.flags.emplace_back("reaches_to_faint");
  const Difference d = of(Quantity::kZY, compare(a.reading(), b.reading(), 0.95));
  CHECK(d.ci_low == doctest::Approx(-0.01).epsilon(1e-12));
  CHECK(d.ci_high == doctest::Approx(0.04).epsilon(1e-12));
  const RunPool pool = pool_runs({a.reading(), b.reading()}, 0.95);
  CHECK(pool.at(Quantity::kZY).ci_high == doctest::Approx(0.025).epsilon(1e-12));
}

TEST_CASE("the interval of a synergy's difference ends where the possible does, that of an information is kept whole") {
  Example a({0, 0, 0, 0}, {0, 0, 0, 0}, {.1, .1, .1, .1}), b({0, 0, 0, 0}, {0, 0, 0, 0}, {.3, .3, .3, .3});
  REQUIRE(a.design.independent);
  for (Example* e : {&a, &b}) {
    e->panel.numbers = {{"open_below", Quantity::kSynergy, 5.0}, {"open_above", Quantity::kSynergy, 5.0}};
  }
  a.panel.at(Quantity::kZY).ci_high = 5.0;
  const Comparison comparison = compare(a.reading(), b.reading(), 0.95);
  const Difference &synergy = of(Quantity::kSynergy, comparison), &z_y = of(Quantity::kZY, comparison);
  const double all = std::log(2.0);  // what either leaves open of class and transformation
  CHECK(synergy.nats == doctest::Approx(0.2).epsilon(1e-12));
  CHECK(synergy.ci_low == doctest::Approx(-all).epsilon(1e-12));
  CHECK(synergy.ci_high == doctest::Approx(all).epsilon(1e-12));
  CHECK(z_y.ci_low == doctest::Approx(-5.0).epsilon(1e-12));
  CHECK((z_y.possible.low == -*a.panel.at(Quantity::kZY).ceiling_nats && z_y.possible.high == -z_y.possible.low));
}

TEST_CASE("the interval of a pooled synergy is possible, or said to be not") {
  const auto constant = [](double synergy) {
    return Example({0, 0, 0, 0}, {0, 0, 0, 0}, {synergy, synergy, synergy, synergy});
  };
  const Example low = constant(-0.1), high = constant(0.05), higher = constant(0.06);
  const RunPool pool = pool_runs({low.reading(), high.reading()}, 0.95);
  const PooledEstimate& cut = pool.at(Quantity::kSynergy);
  CHECK(cut.over_runs.mean == doctest::Approx(-0.025).epsilon(1e-12));
  CHECK((cut.ci_low == 0.0 && cut.ci_high > 0.5 && cut.ci_high < cut.possible.high && !cut.empty_interval));
  CHECK(pool.at(Quantity::kZYT).ci_low < 0.0);
  const RunPool two = pool_runs({low.reading(), low.reading()}, 0.95);
  const PooledEstimate& empty = two.at(Quantity::kSynergy);
  CHECK((empty.empty_interval && empty.ci_high < 0.0));
  const Comparison comparison =
      compare_pools({low.reading(), high.reading()}, {high.reading(), higher.reading()}, 0.95);
  CHECK(of(Quantity::kSynergy, comparison).possible.low == -cut.possible.high);
}

TEST_CASE("a comparison without rows is refused") {
  const Example a({1, 1, 3, 3}, {0, 0, 0, 0}, {1, 1, 3, 3});
  Example b = a;
  b.rows = {};
  CHECK_THROWS_WITH_AS(compare(a.reading(), b.reading(), 0.95), "comparison: the rows of panel best were not kept",
                       std::invalid_argument);
}

TEST_CASE("the same images with a trifle of noise: the interval covers no difference, and pairs narrow the error") {
  testing::Sample sample = testing::draw("G05_mac_a2_b1", {2000, 4, 2});
  const Labels labels = code_labels(sample.y, sample.t, sample.source);
  Matrix<float> copy = sample.z;
  RandomStream noise(1, "a little noise");
  for (std::int64_t k = 0; k < copy.rows() * copy.cols(); ++k) {
    copy.data()[k] += 1e-3F * static_cast<float>(noise.normal());
  }
  MeasureOptions options;
  options.estimators = {"lda"};
  options.keep_rows = true;
  const Measurement a = measure(sample.z, labels, options), b = measure(copy, labels, options);
  const PanelReading first{a.panels[0], a.rows, labels, a.design}, second{b.panels[0], b.rows, labels, b.design};
  Labels others = labels;
  others.y_values.back() += 1;
  const PanelReading unpaired{b.panels[0], b.rows, others, b.design};
  for (const Quantity quantity : {Quantity::kZY, Quantity::kZT, Quantity::kZYT, Quantity::kSynergy}) {
    const Comparison paired = compare(first, second, 0.95);
    const Difference& d = of(quantity, paired);
    CHECK((d.ci_low <= 0.0 && d.ci_high >= 0.0));  // the truths differ by some 1e-6
    // Never wider than two intervals that know nothing of each other, but where a single one was cut.
    const Estimate &one = first.panel.at(quantity), &other = second.panel.at(quantity);
    const double widths = *one.ci_high - *one.ci_low + *other.ci_high - *other.ci_low;
    CHECK((d.ci_high - d.ci_low <= widths + 1e-12 || *one.ci_low == 0.0 || *other.ci_low == 0.0));
    CHECK(d.std_error < 0.1 * of(quantity, compare(first, unpaired, 0.95)).std_error);
  }
}
