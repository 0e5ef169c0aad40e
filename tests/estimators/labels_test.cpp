#include <stdexcept>
#include <vector>

#include "estimators/labels.h"
#include "estimators/quantity.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("labels may be any integers: gaps and negative values are mapped in order") {
  const std::vector<std::int64_t> y{7, -3, 7, 100}, t{0, 5, 5, 0};
  const Labels labels = code_labels(y, t, std::vector<std::int64_t>{9, 9, 4, 4});
  CHECK(labels.y == std::vector<std::int32_t>{1, 0, 1, 2});
  CHECK(labels.y_values == std::vector<std::int64_t>{-3, 7, 100});
  CHECK(labels.t == std::vector<std::int32_t>{0, 1, 1, 0});
  CHECK(labels.source == std::vector<std::int32_t>{1, 1, 0, 0});
  CHECK(labels.sources == 2);
  CHECK(labels.cells() == 6);
  CHECK(labels.cell(3) == 4);
  CHECK(labels.sources_given);
}

TEST_CASE("labels without a source: every row is its own") {
  const std::vector<std::int64_t> y{1, 2}, t{0, 1};
  const Labels labels = code_labels(y, t, std::nullopt);
  CHECK(labels.sources == 2);
  CHECK(!labels.sources_given);
}

TEST_CASE("labels refuse unequal lengths and no rows") {
  const std::vector<std::int64_t> two{1, 2}, one{1}, none;
  CHECK_THROWS_WITH_AS(code_labels(none, none, std::nullopt), "labels: there are no rows", std::invalid_argument);
  CHECK_THROWS_WITH_AS(code_labels(two, one, std::nullopt), "labels: y has 2 rows but t has 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS(code_labels(two, two, one), "labels: y has 2 rows but source has 1", std::invalid_argument);
}

TEST_CASE("chosen rows keep the codes and recode the sources") {
  const std::vector<std::int64_t> y{0, 1, 2}, t{0, 1, 0};
  const Labels labels = code_labels(y, t, std::vector<std::int64_t>{5, 6, 7});
  const Labels chosen = select_rows(labels, std::vector<std::int64_t>{2, 1});
  CHECK(chosen.y == std::vector<std::int32_t>{2, 1});
  CHECK(chosen.classes == 3);
  CHECK(chosen.source == std::vector<std::int32_t>{0, 1});
  CHECK(chosen.sources == 2);
}

TEST_CASE("names of quantities and kinds go there and back") {
  for (const Quantity quantity : kQuantities) CHECK(quantity_named(name_of(quantity)) == quantity);
  CHECK(name_of(Quantity::kZYGivenT) == "z_y_given_t");
  CHECK_THROWS_WITH_AS(quantity_named("z_q"), "'z_q' is no quantity", std::invalid_argument);
  CHECK(estimate_kind_named("lower_bound") == EstimateKind::kLowerBound);
  CHECK_THROWS_WITH_AS(estimate_kind_named("guess"), "'guess' is no kind of estimate", std::invalid_argument);
}
