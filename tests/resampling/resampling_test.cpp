#include <array>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "resampling/clustered.h"
#include "resampling/source_folds.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("clustered mean by hand: two sources of two rows") {
  // Deviations from the mean 2.5 add up to −2 and 2 within the sources: SE² = 2/1 · (4 + 4) / 16 = 1.
  const std::vector<double> values{1, 2, 3, 4};
  const std::vector<std::int32_t> source{0, 0, 1, 1};
  const auto result = clustered_mean(values, source, 2);
  CHECK(result.mean == 2.5);
  CHECK(std::abs(result.std_error - 1.0) < 1e-12);
}

TEST_CASE("clustered mean: one row a source gives the usual standard error of a mean") {
  const std::vector<double> values{1, 2, 4};
  const std::vector<std::int32_t> source{2, 0, 1};
  // Variance with n − 1: (16 + 1 + 25) / 9 / 2 = 7/3, over n = 3.
  CHECK(std::abs(clustered_mean(values, source, 3).std_error - std::sqrt(7.0 / 9.0)) < 1e-12);
}

TEST_CASE("clustered mean: copies of a row do not narrow the error") {
  const std::vector<double> once{1, 2, 4}, twice{1, 1, 2, 2, 4, 4};
  const std::vector<std::int32_t> source{0, 1, 2}, source_twice{0, 0, 1, 1, 2, 2};
  CHECK(std::abs(clustered_mean(once, source, 3).std_error - clustered_mean(twice, source_twice, 3).std_error) < 1e-12);
}

TEST_CASE("clustered mean: one source has no standard error") {
  const std::vector<double> values{1, 2};
  const std::vector<std::int32_t> source{0, 0};
  CHECK_THROWS_WITH_AS(clustered_mean(values, source, 1), "standard error: 1 source is too few, at least 2 are needed",
                       std::domain_error);
}

TEST_CASE("clustered means of several statistics at once: those of each alone, bit for bit") {
  constexpr std::size_t kRows = 101;
  std::vector<double> first, second;
  std::vector<std::int32_t> source;
  for (std::size_t i = 0; i < kRows; ++i) {
    first.push_back(std::sin(static_cast<double>(i)));
    second.push_back(first.back() + 1.0 / static_cast<double>(i + 1));
    source.push_back(static_cast<std::int32_t>(i * i % 7));
  }
  const auto both = clustered_means<2>([&](std::size_t i) { return std::array{first[i], second[i]}; }, source, 7);
  CHECK(both[0].mean == clustered_mean(first, source, 7).mean);
  CHECK(both[0].std_error == clustered_mean(first, source, 7).std_error);
  CHECK(both[1].mean == clustered_mean(second, source, 7).mean);
  CHECK(both[1].std_error == clustered_mean(second, source, 7).std_error);
}

TEST_CASE("interval factor: tabled Student quantiles") {
  CHECK(std::abs(interval_factor(0.95, 1000000) - 1.959966) < 1e-5);
  CHECK(std::abs(interval_factor(0.95, 11) - 2.228139) < 1e-6);
  CHECK_THROWS_WITH_AS(interval_factor(1.0, 10), "interval level 1 is not between 0 and 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS(interval_factor(0.9, 1), "interval: 1 source is too few, at least 2 are needed",
                       std::invalid_argument);
}

namespace {

struct FoldCase {
  std::vector<std::int32_t> source, stratum;
};

/// 103 sources of three rows each, seven strata, rows of a source far apart.
FoldCase many_sources() {
  FoldCase c;
  for (int row = 0; row < 309; ++row) {
    c.source.push_back(row % 103);
    c.stratum.push_back(row % 103 % 7);
  }
  return c;
}

}  // namespace

TEST_CASE("source folds: a source stays whole, chunks and strata are even, the seed decides") {
  const auto c = many_sources();
  const auto folds = make_source_folds(c.source, 103, c.stratum, {5, 4, 3, 0});
  std::map<std::int32_t, std::set<std::int32_t>> chunks_of_source;
  std::map<std::int32_t, int> rows_of_chunk;
  std::map<std::pair<std::int32_t, std::int32_t>, int> rows_of_fold_and_stratum;
  for (std::size_t i = 0; i < c.source.size(); ++i) {
    chunks_of_source[c.source[i]].insert(folds.chunk[i]);
    ++rows_of_chunk[folds.chunk[i]];
    ++rows_of_fold_and_stratum[{folds.fold(static_cast<std::int64_t>(i)), c.stratum[i]}];
  }
  for (const auto& [source, chunks] : chunks_of_source) CHECK(chunks.size() == 1);
  CHECK(rows_of_chunk.size() == 20);
  for (const auto& [chunk, rows] : rows_of_chunk) CHECK((rows == 15 || rows == 18));  // 5 or 6 of the 103 sources
  for (const auto& [key, rows] : rows_of_fold_and_stratum) CHECK((rows >= 6 && rows <= 12));  // 14.7 sources / 5, ± 1
  CHECK(make_source_folds(c.source, 103, c.stratum, {5, 4, 3, 0}).chunk == folds.chunk);
  CHECK(make_source_folds(c.source, 103, c.stratum, {5, 4, 4, 0}).chunk != folds.chunk);
  CHECK(make_source_folds(c.source, 103, c.stratum, {5, 4, 3, 1}).chunk != folds.chunk);
}

TEST_CASE("source folds refuse what cannot be cut") {
  const auto c = many_sources();
  CHECK_THROWS_WITH_AS(make_source_folds(c.source, 103, c.stratum, {1, 4, 0, 0}), "folds: 1 folds of 4 parts",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(make_source_folds(c.source, 103, c.stratum, {30, 4, 0, 0}),
                       "folds: 103 sources are too few for 30 folds of 4 parts", std::invalid_argument);
}
