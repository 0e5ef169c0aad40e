#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/random.h"
#include "estimators/cross_fit.h"
#include "support/ground_truth.h"
#include "synergy/measure.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::testing::draw;

namespace {

struct Problem {
  Matrix<float> z;
  Labels labels;
};

MeasureOptions fast() {
  MeasureOptions options;
  options.estimators = kFastEstimators;
  return options;
}

Problem problem(const char* name, std::int64_t rows, std::int64_t rows_per_source = 1) {
  testing::Sample sample = draw(name, {rows, 4, rows_per_source});
  Labels labels = code_labels(sample.y, sample.t, sample.source);
  return {std::move(sample.z), std::move(labels)};
}

}  // namespace

TEST_CASE("measure: the headline first, then each estimator, chain rules exact") {
  Problem p = problem("G05_mac_a2_b1", 2000, 2);
  const Measurement m = measure(p.z, p.labels, fast());
  CHECK(m.panels.size() == 4);
  CHECK(m.panels[0].estimator == "best");
  CHECK(m.panels[1].estimator == "best_bound");
  CHECK(m.panels[2].estimator == "lda");
  CHECK(m.panels[3].estimator == "knn");
  for (const Panel& panel : m.panels) CHECK(panel.chain_residual < 1e-12);
  REQUIRE(m.verdict);
  CHECK(m.verdict->level == VerdictLevel::kGreen);
}

TEST_CASE("measure: an offset and another unit change nothing but rounding") {
  Problem p = problem("G11_cells10x4_A3", 2000);
  const Measurement plain = measure(p.z, p.labels, fast());
  Matrix<float> moved = p.z;
  for (std::int64_t k = 0; k < moved.rows() * moved.cols(); ++k) moved.data()[k] = 1024.0F * moved.data()[k] + 65536.0F;
  const Measurement other = measure(moved, p.labels, fast());
  for (std::size_t panel = 0; panel < plain.panels.size(); ++panel) {
    for (const Quantity quantity : kQuantities) {
      // The offset leaves 2⁻⁷ of 1024 as the data's last digit: noise of relative size 1e-5.
      CHECK(std::abs(plain.panels[panel].at(quantity).nats - other.panels[panel].at(quantity).nats) < 2e-3);
    }
  }
}

TEST_CASE("measure: the ladder climbs to the probe that sees a variance code, and says so") {
  Problem p = problem("G14a_var_d8_Y", 4000);
  const Measurement m = measure(p.z, p.labels, {});
  CHECK(m.panels.size() == 9);
  const double truth = testing::ground_truth("G14a_var_d8_Y").z_y;
  CHECK(std::abs(m.panels[0].at(Quantity::kZY).nats - truth) < 0.05);
  CHECK(std::abs(m.panels[2].at(Quantity::kZY).nats) < 0.01);  // lda, which sees nothing of it
  CHECK(m.panels[3].estimator == "qda");
  bool named = false;
  for (const auto& [name, text] : m.panels[0].details) named = named || (name == "chosen" && text.starts_with("qda"));
  CHECK(named);
}

TEST_CASE("measure: a probe that refuses the data is left out of the ladder, and named when it is asked for alone") {
  testing::SampleOptions wide{400, 1};
  wide.dims = 450;
  const testing::Sample sample = draw("G05_mac_a2_b1", wide);
  const Labels labels = code_labels(sample.y, sample.t, sample.source);
  MeasureOptions options;
  options.estimators = {"lda", "qda"};
  const Measurement m = measure(sample.z, labels, options);
  CHECK(m.panels.size() == 3);
  options.estimators = {"qda"};
  CHECK_THROWS_AS(measure(sample.z, labels, options), std::invalid_argument);
}

TEST_CASE("measure: a column on another scale does not blur the others") {
  Problem p = problem("G11_cells10x4_A3", 2000);
  Matrix<float> wide(p.z.rows(), p.z.cols() + 1);
  RandomStream stream(1, "noise column");
  for (std::int64_t i = 0; i < wide.rows(); ++i) {
    for (std::int64_t j = 0; j < p.z.cols(); ++j) wide(i, j) = p.z(i, j);
    wide(i, p.z.cols()) = static_cast<float>(1000.0 * stream.normal());
  }
  MeasureOptions lda;
  lda.estimators = {"lda"};
  const double plain = measure(p.z, p.labels, lda).panels[1].at(Quantity::kZYT).nats;
  const double noisy = measure(wide, p.labels, lda).panels[1].at(Quantity::kZYT).nats;
  CHECK(std::abs(plain - noisy) < 0.01);  // one noise dimension costs about .0015; unscaled it cost .9
}

TEST_CASE("measure: cells that hardly vary are no fault: S is zero, and nothing is RED") {
  Matrix<float> z(1600, 14);
  std::vector<std::int64_t> y, t, source;
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    y.push_back(i / 4 % 10);
    t.push_back(i % 4);
    source.push_back(i / 4);
  }
  RandomStream stream(2, "clean codes");
  for (const double noise : {0.0, 1e-4, 0.05}) {
    CAPTURE(noise);
    for (std::int64_t i = 0; i < z.rows(); ++i) {
      for (std::int64_t j = 0; j < 14; ++j) {
        const bool on = j == y[static_cast<std::size_t>(i)] || j == 10 + t[static_cast<std::size_t>(i)];
        z(i, j) = static_cast<float>((on ? 1.0 : 0.0) + noise * stream.normal());
      }
    }
    const Measurement m = measure(z, code_labels(y, t, source), fast());
    CHECK(std::abs(m.panels[0].at(Quantity::kSynergy).nats) < 1e-3);
    CHECK(std::abs(m.panels[0].at(Quantity::kZYT).nats - std::log(40.0)) < 1e-2);
    REQUIRE(m.verdict);
    CHECK(m.verdict->level != VerdictLevel::kRed);
    if (noise > 0.01) continue;  // else Z tells all there is, to rounding
    for (const Estimate& estimate : m.panels[0].estimates) {
      CAPTURE(name_of(estimate.quantity));
      if (!estimate.ci_low) continue;
      CHECK((*estimate.ci_low <= estimate.nats && estimate.nats <= *estimate.ci_high));
      if (!estimate.ceiling_nats) continue;
      CHECK(estimate.nats <= *estimate.ceiling_nats);
      // Only sampling error may reach beyond the ceiling, not what the neighbours see.
      CHECK(*estimate.ci_high <= std::max(*estimate.ceiling_nats, *m.panels[1].at(estimate.quantity).ci_high));
    }
  }
}

TEST_CASE("measure: a representation that never changes reads zero, and AMBER asks whether it is the right array") {
  Problem p = problem("G05_mac_a2_b1", 1000);
  for (std::int64_t k = 0; k < p.z.rows() * p.z.cols(); ++k) p.z.data()[k] = 0.1F;
  const Measurement m = measure(p.z, p.labels, fast());
  CHECK(std::abs(m.panels[0].at(Quantity::kZYT).nats) < 1e-6);
  REQUIRE(m.verdict);
  CHECK(m.verdict->level == VerdictLevel::kAmber);
  CHECK(m.verdict->reasons.front().text() == "every row of Z is the same: is this the right array?");
}

TEST_CASE("measure: the whole ladder measures a constant representation, without quadratic discriminants") {
  Problem p = problem("G05_mac_a2_b1", 400);
  for (std::int64_t k = 0; k < p.z.rows() * p.z.cols(); ++k) p.z.data()[k] = 3.0F;
  const Measurement m = measure(std::move(p.z), p.labels, {});
  CHECK(std::abs(m.panels[0].at(Quantity::kZYT).nats) < 1e-6);
  CHECK(m.verdict->level == VerdictLevel::kAmber);
  const auto& details = m.panels[0].details;
  CHECK(std::ranges::any_of(details, [](const auto& detail) {
    return detail.second.find("qda: every row is the same") != std::string::npos;
  }));
}

TEST_CASE("measure: repetitions are averaged row by row, with other folds each, and the chain rules stay exact") {
  Problem p = problem("G05_mac_a2_b1", 1000, 2);
  MeasureOptions options = fast();
  options.keep_rows = true;
  options.repeats = 2;
  const Measurement two = measure(p.z, p.labels, options);
  std::vector<RowInformation> rows;
  for (const std::uint64_t repetition : {0, 1}) {
    const auto* lda = &probe_kinds().front();
    rows.push_back(cross_fit(*lda, standardised_rows(p.z, 1), p.labels, {5, 0, repetition, 1, false}).full);
  }
  CHECK(rows[0].z_yt != rows[1].z_yt);
  double mean = 0.0;
  for (const RowInformation& one : rows) {
    for (const double value : one.z_yt) mean += value / 2000.0;
  }
  const Panel& lda = two.panels[2];
  CHECK(std::abs(lda.at(Quantity::kZYT).nats - mean) < 1e-12);
  CHECK(two.panels[0].chain_residual < 1e-12);
  CHECK(two.chosen.size() == 5);
  const auto number = [&](const std::string& item) {
    for (const PanelNumber& one : lda.numbers) {
      if (one.item == item && one.quantity.value_or(Quantity::kZYT) == Quantity::kZYT) return one.value;
    }
    return -1.0;
  };
  double first = 0.0, second = 0.0;
  for (const double value : rows[0].z_yt) first += value / 1000.0;
  for (const double value : rows[1].z_yt) second += value / 1000.0;
  CHECK(number("repeats") == 2.0);
  // Of two readings the standard deviation is |a − b|/√2, the error of their mean |a − b|/2.
  CHECK(std::abs(number("repeat_error_raw") - std::abs(first - second) / 2.0) < 1e-12);
  CHECK(number("gate_class_10") > 0.0);
  options.repeats = 0;
  CHECK_THROWS_WITH_AS(measure(p.z, p.labels, options), "0 is no number of repetitions", std::invalid_argument);
}

TEST_CASE("measure: kNN is left out where a cell is too small for it, and the rest is measured") {
  Problem p = problem("G05_mac_a2_b1", 400);
  std::vector<std::int64_t> y, t;
  for (std::int64_t i = 0; i < 400; ++i) {
    y.push_back(i < 3 ? 7 : p.labels.y[static_cast<std::size_t>(i)]);
    t.push_back(p.labels.t[static_cast<std::size_t>(i)]);
  }
  const Labels rare = code_labels(y, t, std::nullopt);
  const Measurement m = measure(p.z, rare, fast());
  CHECK(m.panels.size() == 3);
  REQUIRE(m.verdict);
  CHECK(m.verdict->level == VerdictLevel::kAmber);
  MeasureOptions lone;
  lone.estimators = {"knn"};
  CHECK_THROWS_AS(measure(p.z, rare, lone), std::invalid_argument);
}

TEST_CASE("measure: a lone kNN has no headline, and a variance code makes kNN contradict the probe") {
  Problem p = problem("G14a_var_d8_Y", 4000);
  MeasureOptions options;
  options.estimators = {"knn"};
  const Measurement lone = measure(p.z, p.labels, options);
  CHECK(lone.panels.size() == 1);
  CHECK(!lone.verdict);
  const Measurement both = measure(p.z, p.labels, fast());
  REQUIRE(both.verdict);
  CHECK(both.verdict->level == VerdictLevel::kRed);  // lda reads 0 of .24 nats, and must not look trustworthy
}

TEST_CASE("measure: the same bytes for one and for several threads") {
  Problem p = problem("G11_cells10x4_A3", 1501);
  MeasureOptions one, three;  // the whole ladder
  one.threads = 1;
  three.threads = 3;
  const Measurement a = measure(p.z, p.labels, one), b = measure(p.z, p.labels, three);
  for (std::size_t panel = 0; panel < a.panels.size(); ++panel) {
    for (std::size_t e = 0; e < a.panels[panel].estimates.size(); ++e) {
      CHECK(a.panels[panel].estimates[e].nats == b.panels[panel].estimates[e].nats);
      CHECK(a.panels[panel].estimates[e].ci_high == b.panels[panel].estimates[e].ci_high);
    }
  }
}

TEST_CASE("measure names what it cannot use") {
  Problem p = problem("G05_mac_a2_b1", 400);
  MeasureOptions wrong;
  wrong.estimators = {"ldb"};
  CHECK_THROWS_WITH_AS(measure(p.z, p.labels, wrong), "unknown estimator 'ldb'; did you mean 'lda'?",
                       std::invalid_argument);
  wrong.estimators = {};
  CHECK_THROWS_WITH_AS(measure(p.z, p.labels, wrong), "no estimator was asked for", std::invalid_argument);
  Labels constant = p.labels;
  constant.classes = 1;
  constant.y_values = {5};
  CHECK_THROWS_WITH_AS(measure(p.z, constant, fast()),
                       "y has the single value 5: nothing can be measured about a class that never varies",
                       std::invalid_argument);
  constant = p.labels;
  constant.transforms = 1;
  constant.t_values = {2};
  CHECK_THROWS_WITH_AS(measure(p.z, constant, fast()),
                       "t has the single value 2: nothing can be measured about a transformation that never varies",
                       std::invalid_argument);
  std::vector<std::int64_t> image(400), turn(400);
  for (std::size_t i = 0; i < 400; ++i)
    image[i] = static_cast<std::int64_t>(i / 4), turn[i] = static_cast<std::int64_t>(i % 4);
  CHECK_THROWS_WITH_AS(measure(p.z, code_labels(image, turn, image), fast()),
                       "y has 100 classes in 100 sources, and 100 of them have a single source: nothing can be learned "
                       "about a class from other images; is y the image's number?",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(measure(Matrix<float>(3, 1), p.labels, fast()), "z has 3 rows but the labels 400",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(measure(Matrix<float>(400, 0), p.labels, fast()), "z has no columns", std::invalid_argument);
  Problem few = problem("G05_mac_a2_b1", 12);
  CHECK_THROWS_WITH_AS(measure(few.z, few.labels, fast()), "folds: 12 sources are too few for 5 folds of 4 parts",
                       std::invalid_argument);
}
