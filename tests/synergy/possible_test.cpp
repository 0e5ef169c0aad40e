#include <limits>

#include "synergy/possible.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool same(const Interval& a, const Interval& b) { return a.low == b.low && a.high == b.high; }

}  // namespace

TEST_CASE("what is possible: informations from zero to their ceiling, a synergy of dependent labels below zero too") {
  CHECK(same(possible_range(Quantity::kZY, true, 1.5), {0.0, 1.5}));
  CHECK(same(possible_range(Quantity::kZT, false, {}), {0.0, kInfinity}));
  CHECK(same(possible_range(Quantity::kSynergy, true, 0.5), {0.0, 0.5}));
  CHECK(same(possible_range(Quantity::kSynergy, false, 0.5), {-kInfinity, 0.5}));
  CHECK(same(possible_range(Quantity::kYTGivenZ, false, {}), {0.0, kInfinity}));
  CHECK(same(possible_range(Quantity::kSynergyShare, true, {}), {-kInfinity, kInfinity}));
  CHECK(same(possible_difference({0.0, 2.0}, {0.0, 0.5}), {-2.0, 0.5}));
  CHECK(same(possible_difference({0.0, kInfinity}, {-kInfinity, 1.0}), {-kInfinity, 1.0}));
}

TEST_CASE("intervals are cut to what is possible, and one that ends below it has another try by its sampling error") {
  CHECK(same(*cut_to_possible({-1.0, 3.0}, {0.0, 2.0}), {0.0, 2.0}));
  CHECK(same(*cut_to_possible({0.5, 1.0}, {0.0, 2.0}), {0.5, 1.0}));
  CHECK(!cut_to_possible({-1.0, -0.5}, {0.0, 2.0}));
  CHECK(!cut_to_possible({-1.0, -0.5}, {0.0, 2.0}, 0.25));
  CHECK(same(*cut_to_possible({-1.0, -0.5}, {0.0, 2.0}, 0.75), {0.0, 0.25}));
  CHECK(!cut_to_possible({2.5, 3.0}, {0.0, 2.0}, 1.0));
  CHECK(same(*cut_to_possible({-1.0, -1e-9}, {0.0, 2.0}), {0.0, 0.0}));  // rounding
}

TEST_CASE("what is shown is cut around an estimate that is possible, to rounding, and whole around another") {
  CHECK(same(shown_interval({-0.5, 2.5}, 1.0, {0.0, 2.0}), {0.0, 2.0}));
  CHECK(same(shown_interval({-0.5, 2.5}, 2.0 + 1e-9, {0.0, 2.0}), {0.0, 2.0}));
  CHECK(same(shown_interval({-0.5, 2.5}, 2.1, {0.0, 2.0}), {-0.5, 2.5}));
  CHECK(same(shown_interval({-0.5, 2.5}, -0.1, {0.0, 2.0}), {-0.5, 2.5}));
}

TEST_CASE("an interval that reaches further stops where the possible does, and never shrinks") {
  CHECK(same(widened({1.0, 1.5}, 0.25, 0.25, {0.0, 2.0}), {0.75, 1.75}));
  CHECK(same(widened({1.0, 1.5}, 2.0, 2.0, {0.0, 2.0}), {0.0, 2.0}));
  CHECK(same(widened({-0.5, 2.5}, 2.0, 2.0, {0.0, 2.0}), {-0.5, 2.5}));
}
