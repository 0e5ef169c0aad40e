#include <cmath>
#include <set>

#include "resampling/clustered.h"
#include "resampling/source_subsamples.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("a subsample takes whole sources, as many as asked for, in the order of the rows") {
  const std::vector<std::int32_t> source{0, 1, 0, 2, 3, 1, 3, 2};
  RandomStream stream(1, "test");
  const auto rows = subsample_rows(source, 4, 2, stream);
  CHECK(rows.size() == 4);
  std::set<std::int32_t> sources;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    sources.insert(source[static_cast<std::size_t>(rows[k])]);
    if (k > 0) CHECK(rows[k] > rows[k - 1]);
  }
  CHECK(sources.size() == 2);
}

TEST_CASE("the error of subsamples by hand") {
  const std::vector<double> readings{1.0, 3.0};  // variance 2, m/G = 1/4: 2 · (1/4) / (3/4)
  CHECK(std::abs(subsampled_error(readings, 1, 4) - std::sqrt(2.0 / 3.0)) < 1e-12);
}

TEST_CASE("subsamples of a mean of clustered rows tell its clustered error") {
  constexpr std::int64_t kSources = 60;
  RandomStream stream(2, "rows");
  std::vector<std::int32_t> source;
  std::vector<double> values;
  for (std::int32_t g = 0; g < kSources; ++g) {
    const double shared = 2.0 * stream.normal();
    for (int k = 0; k < 3; ++k) {
      source.push_back(g);
      values.push_back(shared + stream.normal());
    }
  }
  std::vector<double> readings;
  for (int r = 0; r < 2000; ++r) {
    double mean = 0.0;
    const auto rows = subsample_rows(source, kSources, kSources / 2, stream);
    for (const auto row : rows) mean += values[static_cast<std::size_t>(row)] / static_cast<double>(rows.size());
    readings.push_back(mean);
  }
  // A deviation of 2000 readings is off by 1/√4000 = 1.6 % (1 SD).
  const double clustered = clustered_mean(values, source, kSources).std_error;
  CHECK(std::abs(subsampled_error(readings, kSources / 2, kSources) / clustered - 1.0) < 0.064);
}

TEST_CASE("subsamples that cannot be drawn are refused") {
  const std::vector<std::int32_t> source{0, 1};
  RandomStream stream(1, "test");
  CHECK_THROWS_WITH_AS(subsample_rows(source, 2, 2, stream), "subsamples: 2 of 2 sources", std::invalid_argument);
  const std::vector<double> one{1.0};
  CHECK_THROWS_WITH_AS(subsampled_error(one, 1, 2), "subsamples: 1 reading is too few, at least 2 are needed",
                       std::invalid_argument);
}
