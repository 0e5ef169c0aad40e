#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/ground_truth.h"
#include "synergy/measure.h"
#include "synergy/plan.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Measurement measured(const std::string& problem, std::int64_t rows, std::int64_t rows_per_source, std::uint64_t seed) {
  testing::SampleOptions options;
  options.rows = rows;
  options.rows_per_source = rows_per_source;
  options.seed = seed;
  if (rows_per_source > 1) options.source_correlation = 0.5;
  testing::Sample sample = testing::draw(problem, options);
  MeasureOptions measure_options;
  measure_options.estimators = {"lda"};
  return measure(std::move(sample.z), code_labels(sample.y, sample.t, sample.source), measure_options);
}

double width_of(const Panel& panel, Quantity quantity) {
  return panel.at(quantity).ci_high.value() - panel.at(quantity).ci_low.value();
}

/// An interval that reaches .2 further down than sampling does, and up just as far as sampling.
Estimate example() {
  Estimate estimate{Quantity::kZY, EstimateKind::kPoint, 1.2};
  estimate.std_error = 0.1;
  estimate.ci_low = 1.0 - interval_factor(0.95, 100) * 0.1;
  estimate.ci_high = 1.2 + interval_factor(0.95, 100) * 0.1;
  return estimate;
}

}  // namespace

TEST_CASE("a planned width by hand: errors fall with the root, the shortfall with the number of images") {
  const double factor = interval_factor(0.95, 100);
  CHECK(std::abs(planned_width(example(), 100, 1.0) - (0.2 + 2 * factor * 0.1)) < 1e-12);
  CHECK(std::abs(planned_width(example(), 100, 4.0) - (0.05 + factor * 0.1)) < 1e-12);
}

TEST_CASE("a planned width by hand: an interval cut off at zero stays there until its error is shorter") {
  const double reach = interval_factor(0.95, 100) * 0.1;
  Estimate cut = example();
  cut.nats = 0.5 * reach;
  cut.ci_low = 0.0;
  cut.ci_high = 1.5 * reach;
  CHECK(std::abs(planned_width(cut, 100, 1.0) - 1.5 * reach) < 1e-12);
  CHECK(std::abs(planned_width(cut, 100, 1.5) - (0.5 + 1.0 / std::sqrt(1.5)) * reach) < 1e-12);
  CHECK(std::abs(planned_width(cut, 100, 16.0) - 0.5 * reach) < 1e-12);  // ± a quarter
}

TEST_CASE("without growth the planned width is the interval's, and the images planned give the width wanted") {
  const Measurement now = measured("G05_mac_a2_b1", 1000, 4, 3);
  const Panel& panel = now.panels.front();
  const Plan plan = plan_images(panel, 250, 0.05);
  for (const PlannedQuantity& planned : plan.quantities) {
    const Estimate& estimate = panel.at(planned.quantity);
    CHECK(std::abs(planned_width(estimate, 250, 1.0) - width_of(panel, planned.quantity)) < 1e-12);
    const auto growth = [&](std::int64_t images) { return static_cast<double>(images) / 250.0; };
    const std::int64_t images = planned.images_needed.value();
    CHECK(planned_width(estimate, 250, growth(images)) <= 0.05);
    CHECK(planned_width(estimate, 250, growth(images - 1)) > 0.05);
  }
}

TEST_CASE("planned widths for three times the images are within 30 % of the realised ones") {
  struct Problem {
    std::string name;
    std::int64_t rows, rows_per_source;
  };
  for (const Problem& p : {Problem{"G05_mac_a2_b1", 1600, 4}, Problem{"G11_cells10x4_A3", 2400, 1},
                           Problem{"G09_sixnine_A2_b1", 1200, 2}}) {
    CAPTURE(p.name);
    const Measurement now = measured(p.name, p.rows, p.rows_per_source, 1);
    const Measurement later = measured(p.name, 3 * p.rows, p.rows_per_source, 2);
    for (const Quantity quantity :
         {Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT, Quantity::kSynergy}) {
      CAPTURE(name_of(quantity));
      const double planned = planned_width(now.panels.front().at(quantity), p.rows / p.rows_per_source, 3.0);
      const double realised = width_of(later.panels.front(), quantity);
      CAPTURE(planned);
      CAPTURE(realised);
      CHECK(std::abs(planned / realised - 1.0) < 0.3);
    }
  }
}

TEST_CASE("plans that make no sense are refused") {
  CHECK_THROWS_WITH_AS(plan_images({}, 100, 0.0), "plan: an interval of width 0", std::invalid_argument);
  CHECK_THROWS_WITH_AS(planned_width(example(), 100, -1.0), "plan: -1 times as many images", std::invalid_argument);
  Estimate without = example();
  without.ci_low.reset();
  CHECK_THROWS_WITH_AS(planned_width(without, 100, 1.0), "plan: z_y has no interval", std::invalid_argument);
}
