#include "neighbors/shared_radius.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "neighbors/brute_force.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

NeighborData line(std::vector<float> points, std::vector<std::int32_t> y, std::vector<std::int32_t> t) {
  NeighborData data{.z = Matrix<float>(static_cast<std::int64_t>(points.size()), 1),
                    .y = y,
                    .t = t,
                    .source = {},
                    .classes = *std::max_element(y.begin(), y.end()) + 1,
                    .transforms = *std::max_element(t.begin(), t.end()) + 1};
  std::copy(points.begin(), points.end(), data.z.data());
  return data;
}

}  // namespace

TEST_CASE("by hand: a row at exactly the radius counts, one beyond does not") {
  // Row 0 at 0 has its cell mate at 2, so radius 2: the rows at 1 and −2 count (−2 by a tie), 2.5 does not.
  const NeighborData data = line({0, 2, 1, -2, 2.5F, 9}, {0, 0, 0, 1, 1, 0}, {0, 0, 1, 0, 0, 1});
  for (const NeighborEngine engine : engines()) {
    const SharedRadius found = shared_radius(data.problem(), options_of(engine, 1, 0));
    CHECK(found.squared_radius == std::vector<double>{4, 4, 64, 20.25, 20.25, 64});
    CHECK(found.counts[0] == LabelCounts{.yt = 1, .y = 2, .t = 2, .all = 3});
    // Row 1 at 2, radius 2: 0 (tie), 1 and 2.5.
    CHECK(found.counts[1] == LabelCounts{.yt = 1, .y = 2, .t = 2, .all = 3});
    // Row 3 at −2, radius 4.5: all but the one at 9.
    CHECK(found.counts[3] == LabelCounts{.yt = 1, .y = 1, .t = 3, .all = 4});
  }
}

TEST_CASE("by hand: rows of one source are neither neighbours nor counted") {
  NeighborData data = line({0, 1, 2, 3}, {0, 0, 0, 0}, {0, 0, 0, 0});
  data.source = {5, 5, 6, 6};
  const SharedRadius found = shared_radius(data.problem(), {.k = 1});
  CHECK(found.squared_radius == std::vector<double>{4, 1, 1, 4});
  for (const LabelCounts& counts : found.counts) CHECK(counts == LabelCounts{1, 1, 1, 1});
  CHECK(eligible_rows(data.problem())[0] == LabelCounts{2, 2, 2, 2});
}

TEST_CASE("several radii from one search equal each from its own, ties, duplicates and sources included") {
  const std::vector<int> ks{1, 3, 4, 10};
  for (const NeighborData& data :
       {drawn({.rows = 700, .cols = 3}, 41), drawn({.rows = 600, .cols = 2, .grid = 0.5}, 42),
        drawn({.rows = 900, .cols = 1, .per_source = 3, .grid = 2}, 43)}) {
    for (const NeighborEngine engine : engines()) {
      const auto found = shared_radii(data.problem(), ks, options_of(engine, 1, 2));
      REQUIRE(found.size() == ks.size());
      for (std::size_t r = 0; r < ks.size(); ++r) {
        const SharedRadius truth = brute_force(data, ks[r]);
        CHECK(found[r].squared_radius == truth.squared_radius);
        CHECK(found[r].counts == truth.counts);
      }
    }
  }
}

TEST_CASE("anchors: the rows asked about read what they read among all, in the order asked") {
  for (const NeighborData& data :
       {drawn({.rows = 1300, .cols = 3, .grid = 0.5}, 61), drawn({.rows = 700, .cols = 16}, 62),
        drawn({.rows = 900, .cols = 2, .per_source = 3}, 63)}) {
    const SharedRadius all = brute_force(data, 3);
    const std::vector<std::int64_t> anchors{5, 699, 0, 17, 18, 400};
    NeighborProblem problem = data.problem();
    problem.anchors = anchors;
    for (const NeighborEngine engine : engines()) {
      const SharedRadius found = shared_radius(problem, options_of(engine, 3, 2));
      REQUIRE(found.counts.size() == anchors.size());
      for (std::size_t a = 0; a < anchors.size(); ++a) {
        CHECK(found.squared_radius[a] == all.squared_radius[static_cast<std::size_t>(anchors[a])]);
        CHECK(found.counts[a] == all.counts[static_cast<std::size_t>(anchors[a])]);
      }
    }
  }
}

TEST_CASE("anchors: a lonely row that is not asked about is no hindrance, and what cannot be asked is refused") {
  const NeighborData data = line({0, 1, 2, 3}, {0, 0, 0, 1}, {0, 0, 0, 0});
  NeighborProblem problem = data.problem();
  const std::vector<std::int64_t> good{1, 0}, twice{1, 1}, beyond{4};
  problem.anchors = good;
  CHECK(shared_radius(problem, {.k = 1}).squared_radius == std::vector<double>{1, 1});
  const auto message_of = [&](std::span<const std::int64_t> anchors) -> std::string {
    problem.anchors = anchors;
    try {
      shared_radius(problem, {.k = 1});
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  CHECK(message_of(twice) == "neighbors: row 1 is asked about twice");
  CHECK(message_of(beyond) == "neighbors: there is no row 4 among 4 to ask about");
}

TEST_CASE("what cannot be asked is refused by name and value") {
  const auto message_of = [](const NeighborData& data, NeighborOptions options) -> std::string {
    try {
      shared_radius(data.problem(), options);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  const NeighborData good = line({0, 1, 2, 3, 4, 5}, {0, 0, 0, 1, 1, 1}, {0, 0, 0, 0, 0, 0});
  CHECK(message_of(good, {.k = 3}) ==
        "neighbors: k = 3 but row 0, of class 0 with transformation 0, has only 2 eligible neighbours");
  CHECK(message_of(good, {.k = 0}) == "neighbors: k = 0 is below 1");
  CHECK(message_of(line({0}, {0}, {0}), {.k = 1}) ==
        "neighbors: k = 1 but row 0, of class 0 with transformation 0, has only 0 eligible neighbours");
  const auto curve_message = [&](const std::vector<int>& ks) -> std::string {
    try {
      shared_radii(good.problem(), ks, {});
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  CHECK(curve_message({}) == "neighbors: no k is given");
  CHECK(curve_message({1, 1}) == "neighbors: k = 1 does not ascend after 1");
  NeighborData bad = good;
  bad.z(4, 0) = std::numeric_limits<float>::quiet_NaN();
  CHECK(message_of(bad, {.k = 1}) == "neighbors: z[4, 0] = nan is not finite");
  bad = good;
  bad.y[5] = 2;
  CHECK(message_of(bad, {.k = 1}) == "neighbors: y[5] = 2 is outside 0..1");
  bad = good;
  bad.t.pop_back();
  CHECK(message_of(bad, {.k = 1}) == "neighbors: z has 6 rows but t has 5");
  bad = good;
  bad.source = {1, 2};
  CHECK(message_of(bad, {.k = 1}) == "neighbors: z has 6 rows but source has 2");
  CHECK(message_of(NeighborData{}, {.k = 1}) == "neighbors: there are no rows");
}
