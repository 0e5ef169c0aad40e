#include "estimators/transform_bins.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "core/random.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

Matrix<double> columns(const std::vector<std::vector<double>>& values) {
  Matrix<double> t(static_cast<std::int64_t>(values[0].size()), static_cast<std::int64_t>(values.size()));
  for (std::int64_t i = 0; i < t.rows(); ++i) {
    for (std::int64_t j = 0; j < t.cols(); ++j)
      t(i, j) = values[static_cast<std::size_t>(j)][static_cast<std::size_t>(i)];
  }
  return t;
}

Labels cut(const std::vector<std::vector<double>>& values, const std::vector<double>& period, int bins) {
  std::vector<std::int64_t> y(values[0].size());
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<std::int64_t>(i % 2);
  return code_labels(y, columns(values), period, std::nullopt, bins);
}

std::vector<double> random_values(std::size_t count, std::uint64_t seed) {
  RandomStream stream(seed, "bins test");
  std::vector<double> values(count);
  for (double& value : values) value = stream.normal();
  return values;
}

using Codes = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("bins: quantiles by hand, equal values together, empty bins dropped") {
  CHECK(cut({{5, 1, 9, 3, 7, 11, 2, 4}}, {0}, 4).t == Codes{2, 0, 3, 1, 2, 3, 0, 1});
  // The three ones have the lowest rank 1 of 6, bin 1 · 3 / 6 = 0; the 2 has rank 4, the 3 rank 5: bins 2 and 2.
  const Labels tied = cut({{0, 1, 1, 1, 2, 3}}, {0}, 3);
  CHECK(tied.t == Codes{0, 0, 0, 0, 1, 1});
  CHECK(tied.transforms == 2);
  CHECK(tied.t_values == std::vector<std::int64_t>{0, 1});
  CHECK(tied.continuous_t->position(1, 0) == 2);
  CHECK(squared_bin_distance(*tied.continuous_t, 0, 1) == 4.0);
}

TEST_CASE("bins: the values in each, by hand, a circle's from the end of its gap on") {
  const auto is = [](const BinRange& range, double low, double high) { return range.low == low && range.high == high; };
  const auto line = bin_ranges(cut({{5, 1, 9, 3, 7, 11, 2, 4}}, {0}, 4));
  REQUIRE(line.size() == 4);
  CHECK((is(line[0][0], 1, 2) && is(line[1][0], 3, 4) && is(line[3][0], 9, 11)));
  const auto circle = bin_ranges(cut({{10, 350, 20, 90, 180, 190}}, {360}, 2));
  CHECK((is(circle[0][0], 350, 20) && is(circle[1][0], 90, 190)));
  const auto two = bin_ranges(cut({{0, 1, 2, 3}, {5, 6, 7, 8}}, {0, 0}, 4));
  REQUIRE((two.size() == 4 && two[3].size() == 2));
  CHECK((is(two[3][0], 3, 3) && is(two[3][1], 8, 8)));
  const std::vector<std::int64_t> labels{0, 1, 0, 1};
  CHECK_THROWS_WITH_AS(bin_ranges(code_labels(labels, labels, std::nullopt)), "labels: t is discrete and has no bins",
                       std::invalid_argument);
}

TEST_CASE("bins: a circle is unrolled at its largest gap, and its ends are neighbours") {
  // Degrees with a gap from 190 to 350: 350, 10, 20 | 90, 180, 190 in two bins.
  CHECK(cut({{10, 350, 20, 90, 180, 190}}, {360}, 2).t == Codes{0, 0, 0, 1, 1, 1});
  CHECK(cut({{10, -10, 380, 90, 540, 190}}, {360}, 2).t == Codes{0, 0, 0, 1, 1, 1});
  const Labels labels = cut({{10, 350, 20, 90, 180, 190, 200, 210}}, {360}, 8);
  CHECK(labels.transforms == 8);
  CHECK(squared_bin_distance(*labels.continuous_t, 0, 7) == 1.0);
  CHECK(squared_bin_distance(*labels.continuous_t, 1, 5) == 16.0);
}

TEST_CASE("bins: turning all angles by the same amount changes none of them") {
  std::vector<double> angle = random_values(500, 1), turned = angle;
  for (double& value : turned) value += 123.456;
  const double turn = 2 * std::numbers::pi;
  CHECK(cut({angle}, {turn}, 32).t == cut({turned}, {turn}, 32).t);
}

TEST_CASE("bins: several components are cut one inside the other, into equal shares") {
  const auto a = random_values(600, 2), b = random_values(600, 3);
  const Labels labels = cut({a, b}, {0, 0}, 32);
  CHECK(labels.continuous_t->cuts == std::vector<std::int32_t>{6, 5});
  CHECK(labels.transforms == 30);
  for (std::int32_t bin = 0; bin < 30; ++bin) CHECK(std::ranges::count(labels.t, bin) == 20);
  CHECK(labels.continuous_t->position(7, 0) == 1);
  CHECK(labels.continuous_t->position(7, 1) == 2);
  CHECK(squared_bin_distance(*labels.continuous_t, 0, 7) == 5.0);
}

TEST_CASE("bins: the order of the rows and a monotone map change nothing") {
  const auto t = random_values(300, 4);
  std::vector<double> mapped, reversed(t.rbegin(), t.rend());
  for (const double value : t) mapped.push_back(std::exp(3 * value));
  const Codes codes = cut({t}, {0}, 16).t;
  CHECK(cut({mapped}, {0}, 16).t == codes);
  CHECK(cut({reversed}, {0}, 16).t == Codes(codes.rbegin(), codes.rend()));
}

TEST_CASE("bins: fewer for few rows, 32 at most, and another number on request") {
  CHECK(cut({random_values(512, 5)}, {0}, 0).transforms == 32);
  CHECK(cut({random_values(511, 5)}, {0}, 0).transforms == 16);
  CHECK(cut({random_values(40, 5)}, {0}, 0).transforms == 4);
  const Labels labels = cut({random_values(512, 5)}, {0}, 64);
  CHECK(labels.transforms == 64);
  CHECK(rebinned(labels, 8).t == cut({random_values(512, 5)}, {0}, 8).t);
}

TEST_CASE("bins: chosen rows keep their bins and values") {
  const Labels labels = cut({{5, 1, 9, 3, 7, 11, 2, 4}}, {0}, 4);
  const std::vector<std::int64_t> rows{6, 2};
  const Labels chosen = select_rows(labels, rows);
  CHECK(chosen.t == Codes{0, 3});
  CHECK(chosen.transforms == 4);
  CHECK(chosen.continuous_t->values(0, 0) == 2);
  CHECK(chosen.continuous_t->position.rows() == 4);
}

TEST_CASE("bins: what is refused") {
  CHECK_THROWS_WITH_AS(cut({{1, 2}}, {0, 0}, 4), "labels: t has 1 components but 2 periods", std::invalid_argument);
  CHECK_THROWS_WITH_AS(cut({{1, 2}}, {-1}, 4), "labels: -1 is no period", std::invalid_argument);
  CHECK_THROWS_WITH_AS(cut({{1, NAN}}, {0}, 4), "labels: t[1, 0] = nan is not finite", std::invalid_argument);
  CHECK_THROWS_WITH_AS(cut({{1, 2}}, {0}, 1), "labels: 1 bins are not between 2 and 1024", std::invalid_argument);
  CHECK_THROWS_WITH_AS(cut({{1, 2}, {1, 2}, {1, 2}}, {0, 0, 0}, 4),
                       "labels: 3 components of t cannot be told apart by 4 bins: at least 2 to the power of 3 are "
                       "needed; give fewer components, or more bins",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(
      code_labels(std::vector<std::int64_t>{0, 1, 1}, columns({{1, 2}}), std::vector<double>{0}, std::nullopt, 4),
      "labels: y has 3 rows but t has 2", std::invalid_argument);
  const std::vector<std::int64_t> two{0, 1};
  CHECK_THROWS_WITH_AS(rebinned(code_labels(two, two, std::nullopt), 4),
                       "labels: t is discrete and cannot be cut into 4 bins", std::invalid_argument);
}
