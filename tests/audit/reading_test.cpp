// Intervals from two training sizes, on numbers small enough to work out by hand.

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "audit/halves.h"
#include "audit/reading.h"
#include "core/random.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

// Two images of one row each: Student's quantile of one degree of freedom at 50 % is 1. The limit is full +
// (full − small) / 2.
const std::vector<std::int32_t> kSource{0, 1};
const ReadingDesign kDesign{kSource, 2, 0.5};
const SizedRows kRows{{1.0, 3.0}, {0.0, 2.0}};  // means 2 and 1, limit 2.5, error 1

constexpr double kExact = 1e-12;

bool near(double a, double b) { return std::abs(a - b) < kExact; }

Labels labels_of(std::int64_t images, std::int64_t classes = 2) {
  std::vector<std::int64_t> y, t, source;
  for (std::int64_t i = 0; i < images; ++i) {
    for (std::int64_t value = 0; value < 2; ++value) {
      y.push_back(i % classes);
      t.push_back(value);
      source.push_back(i);
    }
  }
  return code_labels(y, t, source);
}

}  // namespace

TEST_CASE("a bound's interval reaches up to the limit and a third of the gain beyond, not above the ceiling") {
  const Reading reading = bound_reading(kRows, kDesign);
  CHECK(near(reading.nats, 2.0));
  CHECK(near(reading.low, 1.0));
  CHECK(near(reading.high, 2.5 + 0.5 / 3.0 + 1.0));
  CHECK(near(bound_reading(kRows, kDesign, 3.0).high, 3.0));
  CHECK(near(bound_reading(kRows, kDesign, 1.5).high, 2.0));  // a bound above its ceiling keeps its own value
  const Reading falling = bound_reading(SizedRows{{1.0, 3.0}, {2.0, 4.0}}, kDesign);
  CHECK(near(falling.high, 2.0 + 0.5 / 3.0 + 1.0));
}

TEST_CASE("a difference's interval reaches to both sides") {
  const Reading reading = difference_reading(kRows, kDesign);
  CHECK(near(reading.low, 2.0 - 0.5 / 3.0 - 1.0));
  CHECK(near(reading.high, 2.5 + 0.5 / 3.0 + 1.0));
  const Reading sampling = mean_reading(kRows.full, kDesign);
  CHECK(near(sampling.low, 1.0));
  CHECK(near(sampling.high, 3.0));
}

TEST_CASE("ratios of the same rows and of different ones, and none by what may be zero") {
  const SizedRows four{{4.0, 4.0}, {4.0, 4.0}}, level{{1.0, 3.0}, {1.0, 3.0}};
  const auto paired = ratio_reading(level, four, kDesign);
  REQUIRE(paired.has_value());
  CHECK(near(paired->nats, 0.5));
  CHECK(near(paired->std_error, 0.25));
  CHECK(near(paired->low, 0.25));
  CHECK(near(ratio_reading(level, level, kDesign)->std_error, 0.0));
  const auto apart = independent_ratio(level, kDesign, four, kDesign);
  REQUIRE(apart.has_value());
  CHECK(near(apart->high, 0.75));
  const SizedRows uneven{{3.0, 5.0}, {3.0, 5.0}};  // mean 4, error 1
  CHECK(near(independent_ratio(level, kDesign, uneven, kDesign)->std_error, std::hypot(1.0, 0.5) / 4.0));
  const SizedRows perhaps_zero{{0.0, 1.0}, {0.0, 1.0}};
  CHECK_FALSE(ratio_reading(level, perhaps_zero, kDesign).has_value());
  CHECK_FALSE(independent_ratio(level, kDesign, perhaps_zero, kDesign).has_value());
  // Of a quarter of the images nothing was read; in the limit the denominator is 6 and the ratio a third.
  const auto rising = ratio_reading(SizedRows{{2.0, 2.0}, {2.0, 2.0}}, {{4.0, 4.0}, {0.0, 0.0}}, kDesign);
  CHECK(near(rising->low, 1.0 / 3.0 - 1.0 / 18.0));
  CHECK(near(rising->high, 0.5 + 1.0 / 18.0));
}

TEST_CASE("several draws: their spread is in the interval, the images' error is not averaged away") {
  // Means 2 and 4 of two draws; the row means 2 and 4 have error 1, half of it what the draws make of the images.
  const std::vector<SizedRows> draws{{{1.0, 3.0}, {1.0, 3.0}}, {{3.0, 5.0}, {3.0, 5.0}}};
  const Reading reading = bound_reading(draws, kDesign);
  CHECK(near(reading.nats, 3.0));
  // Between the draws √2/√2 = 1, of the images 1; Student's quantile of one degree of freedom at 50 % is 1 for either.
  CHECK(near(reading.std_error, std::sqrt(2.0)));
  CHECK(near(reading.low, 3.0 - std::sqrt(2.0)));
  const SizedRows four{{4.0, 4.0}, {4.0, 4.0}};
  const auto ratio = ratio_reading(draws, four, kDesign);
  REQUIRE(ratio.has_value());
  CHECK(near(ratio->nats, 0.75));
  CHECK(near(ratio->high, 0.75 + std::sqrt(2.0) / 4.0));
}

TEST_CASE("what carries over to unseen classes does not hang on how a seed groups them") {
  // Pairs of like classes: T moves a column that is the pair's own, so it carries over only from a class to its like.
  const Labels labels = labels_of(2000, 10);
  RandomStream noise(7, "like classes");
  Matrix<float> x(labels.rows(), 5);
  for (std::int64_t i = 0; i < labels.rows(); ++i) {
    const auto row = static_cast<std::size_t>(i);
    for (std::int64_t k = 0; k < 5; ++k) x(i, k) = 0.7F * static_cast<float>(noise.normal());
    x(i, labels.y[row] / 2) += labels.t[row] == 0 ? -1.0F : 1.0F;
  }
  const ReadingDesign design{labels.source, labels.sources, 0.95};
  std::vector<Reading> by_one, by_all;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const AuditRows rows = cut_rows(labels, 4, seed, 1);
    const auto information = unseen_information([&](std::size_t) { return x; }, rows, cut_halves(rows));
    REQUIRE(information.size() == 5);
    by_one.push_back(bound_reading(information.front(), design));
    by_all.push_back(bound_reading(information, design));
  }
  const auto all_overlap = [](const std::vector<Reading>& readings) {
    return std::ranges::max(readings, {}, &Reading::low).low <= std::ranges::min(readings, {}, &Reading::high).high;
  };
  CHECK_FALSE(all_overlap(by_one));
  CHECK(all_overlap(by_all));
}

TEST_CASE("halves hold every image once, classes alike, and every row is read in its own") {
  const AuditRows rows = cut_rows(labels_of(20), 4, 3, 1);
  const auto halves = cut_halves(rows);
  REQUIRE(halves.size() == 2);
  std::vector<int> seen(40, 0);
  for (const AuditHalf& half : halves) {
    CHECK(half.cut.labels.sources == 10);
    CHECK(std::ranges::count(half.cut.labels.y, 0) == 10);
    for (const std::int64_t row : half.rows) ++seen[static_cast<std::size_t>(row)];
  }
  CHECK(std::ranges::count(seen, 1) == 40);
  Matrix<float> x(40, 1);
  for (std::int64_t i = 0; i < 40; ++i) x(i, 0) = static_cast<float>(i);
  const SizedEvidence evidence = at_both_sizes(x, rows, halves, [](const Matrix<float>& z, const AuditRows& own) {
    TransformEvidence read(z.rows(), 2);
    for (std::int64_t i = 0; i < z.rows(); ++i) {
      read(i, 0) = z(i, 0);
      read(i, 1) = static_cast<float>(own.labels.sources);
    }
    return read;
  });
  for (std::int64_t i = 0; i < 40; ++i) {
    CHECK(evidence.full(i, 0) == static_cast<float>(i));
    CHECK(evidence.full(i, 1) == 20.0F);
    CHECK(evidence.small(i, 0) == static_cast<float>(i));
    CHECK(evidence.small(i, 1) == 10.0F);
  }
  CHECK(evidence.size_ratio == 1.0 / 3.0);
  CHECK_THROWS_WITH_AS(cut_halves(cut_rows(labels_of(12), 2, 3, 1)),
                       "audit: 12 images are too few to read them at two training sizes; 16 at least",
                       std::invalid_argument);
}
