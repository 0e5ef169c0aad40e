#include <cmath>
#include <stdexcept>

#include "support/ground_truth.h"
#include "synergy/measure.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Measurement knn_of(int subsamples, std::int64_t rows) {
  testing::SampleOptions options;
  options.rows = rows;
  options.rows_per_source = 4;
  options.source_correlation = 0.5;
  const testing::Sample sample = testing::draw("G05_mac_a2_b1", options);
  MeasureOptions measure_options;
  measure_options.estimators = {"knn"};
  measure_options.knn_subsamples = subsamples;
  return measure(sample.z, code_labels(sample.y, sample.t, sample.source), measure_options);
}

}  // namespace

TEST_CASE("errors of kNN from subsamples of clustered rows are near the clustered ones, and estimates do not change") {
  constexpr int kSubsamples = 60;
  const Panel clustered = knn_of(0, 1200).panels.front(), subsampled = knn_of(kSubsamples, 1200).panels.front();
  for (const Quantity quantity :
       {Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT}) {
    CAPTURE(name_of(quantity));
    const Estimate &a = clustered.at(quantity), &b = subsampled.at(quantity);
    CHECK(a.nats == b.nats);
    // A deviation of 60 readings is off by 1/√118 = 9.2 % (1 SD).
    CHECK(std::abs(*b.std_error / *a.std_error - 1.0) < 4 * 0.092);
    const double reach = interval_factor(0.95, kSubsamples) * *b.std_error;
    CHECK(std::abs(*b.ci_high - b.nats - reach) < 1e-12);
    CHECK(std::abs(b.nats - *b.ci_low - reach) < 1e-12);
  }
}

TEST_CASE("subsamples that are too few or too small are refused") {
  CHECK_THROWS_WITH_AS(knn_of(1, 400), "knn: 1 subsample is too few, at least 2 are needed", std::invalid_argument);
  CHECK_THROWS_AS(knn_of(5, 48), std::invalid_argument);  // 6 sources of 12: three rows in a cell
}
