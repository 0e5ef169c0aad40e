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

/// A panel with a bound of 1.0, a limit of 1.2 and a standard error of .1 for I(Z;Y).
Panel example() {
  Panel panel{"best", {}, 0.0, {}};
  Estimate estimate{Quantity::kZY, EstimateKind::kPoint, 1.2};
  estimate.std_error = 0.1;
  estimate.ci_low = 1.0 - interval_factor(0.95, 100) * 0.1;
  estimate.ci_high = 1.2 + interval_factor(0.95, 100) * 0.1;
  panel.estimates.push_back(estimate);
  panel.numbers = {{"raw", Quantity::kZY, 1.0}, {"extrapolated", Quantity::kZY, 1.2}};
  return panel;
}

}  // namespace

TEST_CASE("a planned width by hand: errors fall with the root, the shortfall with the number of images") {
  const double factor = interval_factor(0.95, 100);
  CHECK(std::abs(planned_width(example(), {}, 100, Quantity::kZY, 1.0) - (0.2 + 2 * factor * 0.1)) < 1e-12);
  CHECK(std::abs(planned_width(example(), {}, 100, Quantity::kZY, 4.0) - (0.05 + factor * 0.1)) < 1e-12);
}

TEST_CASE("without growth the planned width is the interval's, and the images planned give the width wanted") {
  const Measurement now = measured("G05_mac_a2_b1", 1000, 4, 3);
  const Panel& panel = now.panels.front();
  const Plan plan = plan_images(panel, now.design, 250, 0.05);
  for (const PlannedQuantity& planned : plan.quantities) {
    // The synergy's interval holds the larger of two errors, of which the panel tells the headline's.
    const double tolerance = planned.quantity == Quantity::kSynergy ? 0.02 * width_of(panel, planned.quantity) : 1e-12;
    CHECK(std::abs(planned_width(panel, now.design, 250, planned.quantity, 1.0) - width_of(panel, planned.quantity)) <=
          tolerance);
    const auto growth = [&](std::int64_t images) { return static_cast<double>(images) / 250.0; };
    const std::int64_t images = planned.images_needed.value();
    CHECK(planned_width(panel, now.design, 250, planned.quantity, growth(images)) <= 0.05);
    CHECK(planned_width(panel, now.design, 250, planned.quantity, growth(images - 1)) > 0.05);
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
      const double planned = planned_width(now.panels.front(), now.design, p.rows / p.rows_per_source, quantity, 3.0);
      const double realised = width_of(later.panels.front(), quantity);
      CAPTURE(planned);
      CAPTURE(realised);
      CHECK(std::abs(planned / realised - 1.0) < 0.3);
    }
  }
}

TEST_CASE("plans that make no sense are refused") {
  const Panel panel = example();
  CHECK_THROWS_WITH_AS(plan_images(panel, {}, 100, 0.0), "plan: an interval of width 0", std::invalid_argument);
  CHECK_THROWS_WITH_AS(planned_width(panel, {}, 100, Quantity::kZY, -1.0), "plan: -1 times as many images",
                       std::invalid_argument);
  Panel without = panel;
  without.estimates.front().ci_low.reset();
  CHECK_THROWS_WITH_AS(planned_width(without, {}, 100, Quantity::kZY, 1.0), "plan: z_y of best has no interval",
                       std::invalid_argument);
}
