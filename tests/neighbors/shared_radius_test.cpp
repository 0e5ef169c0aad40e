#include "neighbors/shared_radius.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "neighbors/amx_kernel.h"
#include "neighbors/device_rows.h"
#include "neighbors/emulated_device.h"
#include "neighbors/prepared_rows.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// A problem that owns its data.
struct Data {
  Matrix<float> z;
  std::vector<std::int32_t> y, t, source;
  std::int32_t classes = 1, transforms = 1;

  NeighborProblem problem() const { return {z, y, t, classes, transforms, source}; }
};

double squared_distance(const Matrix<float>& z, std::int64_t i, std::int64_t j) {
  double sum = 0;
  for (std::int64_t c = 0; c < z.cols(); ++c) {
    const double difference = static_cast<double>(z(i, c)) - static_cast<double>(z(j, c));
    sum += difference * difference;
  }
  return sum;
}

/// The definition, one pair after the other.
SharedRadius brute_force(const Data& data, int k) {
  SharedRadius result;
  const std::int64_t rows = data.z.rows();
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto a = static_cast<std::size_t>(i);
    const auto eligible = [&](std::size_t b) {
      return a != b && (data.source.empty() || data.source[a] != data.source[b]);
    };
    std::vector<double> inside;
    for (std::int64_t j = 0; j < rows; ++j) {
      const auto b = static_cast<std::size_t>(j);
      if (eligible(b) && data.y[a] == data.y[b] && data.t[a] == data.t[b]) {
        inside.push_back(squared_distance(data.z, i, j));
      }
    }
    std::sort(inside.begin(), inside.end());
    const double radius = inside.at(static_cast<std::size_t>(k - 1));
    LabelCounts counts;
    for (std::int64_t j = 0; j < rows; ++j) {
      const auto b = static_cast<std::size_t>(j);
      if (!eligible(b) || squared_distance(data.z, i, j) > radius) continue;
      counts.yt += data.y[a] == data.y[b] && data.t[a] == data.t[b];
      counts.y += data.y[a] == data.y[b];
      counts.t += data.t[a] == data.t[b];
      ++counts.all;
    }
    result.squared_radius.push_back(radius);
    result.counts.push_back(counts);
  }
  return result;
}

struct RandomShape {
  std::int64_t rows = 300, cols = 3;
  std::int32_t classes = 2, transforms = 2;
  std::int64_t per_source = 1;
  double grid = 0;    ///< > 0: coordinates are multiples of this, so distances tie
  double offset = 0;  ///< far from zero
  double scale = 1;
  double imbalance = 0;  ///< share of rows that are put into class 0 whatever was drawn
};

Data drawn(const RandomShape& shape, std::uint64_t seed) {
  RandomStream stream(seed, "neighbors test");
  Data data{.z = Matrix<float>(shape.rows, shape.cols),
            .y = {},
            .t = {},
            .source = {},
            .classes = shape.classes,
            .transforms = shape.transforms};
  for (std::int64_t i = 0; i < shape.rows; ++i) {
    data.y.push_back(stream.uniform() < shape.imbalance ? 0 : static_cast<std::int32_t>(stream.below(shape.classes)));
    data.t.push_back(static_cast<std::int32_t>(stream.below(shape.transforms)));
    if (shape.per_source > 1) data.source.push_back(static_cast<std::int32_t>(i / shape.per_source));
    for (std::int64_t c = 0; c < shape.cols; ++c) {
      double x = stream.normal() + (c == 0 ? data.y.back() : 0);
      if (shape.grid > 0) x = std::round(x / shape.grid) * shape.grid;
      data.z(i, c) = static_cast<float>(shape.offset + shape.scale * x);
    }
  }
  return data;
}

std::vector<NeighborEngine> processor_engines() {
  std::vector<NeighborEngine> all{NeighborEngine::kAuto, NeighborEngine::kProduct};
  for (const NeighborEngine engine : {NeighborEngine::kAvx2, NeighborEngine::kAvx512, NeighborEngine::kAmx}) {
    if (engine_available(engine)) all.push_back(engine);
  }
  return all;
}

std::vector<NeighborEngine> engines() {
  auto all = processor_engines();
  all.push_back(NeighborEngine::kCuda);
  return all;
}

/// kCuda computes on an emulated device, some tiles at a time.
NeighborOptions options_of(NeighborEngine engine, int k, int threads) {
  static EmulatedDevice forwards(EmulatedDevice::Order::kForwards), backwards(EmulatedDevice::Order::kBackwards);
  constexpr std::uint32_t kLeastRoom = device::kTile * device::kTile;
  static const DeviceUse few{forwards, 5, kLeastRoom, 1}, many{backwards, 1000, 10 * kLeastRoom};
  return {.k = k, .threads = threads, .engine = engine, .device = threads == 1 ? &few : &many};
}

void check_every_engine(const Data& data, int k) {
  const SharedRadius truth = brute_force(data, k);
  for (const NeighborEngine engine : engines()) {
    for (const int threads : {1, 2, 3}) {
      if (engine == NeighborEngine::kCuda && threads == 3) continue;
      CAPTURE(name_of(engine));
      CAPTURE(threads);
      const SharedRadius found = shared_radius(data.problem(), options_of(engine, k, threads));
      CHECK(found.squared_radius == truth.squared_radius);
      CHECK(found.counts == truth.counts);
    }
  }
}

Data line(std::vector<float> points, std::vector<std::int32_t> y, std::vector<std::int32_t> t) {
  Data data{.z = Matrix<float>(static_cast<std::int64_t>(points.size()), 1),
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
  const Data data = line({0, 2, 1, -2, 2.5F, 9}, {0, 0, 0, 1, 1, 0}, {0, 0, 1, 0, 0, 1});
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
  Data data = line({0, 1, 2, 3}, {0, 0, 0, 0}, {0, 0, 0, 0});
  data.source = {5, 5, 6, 6};
  const SharedRadius found = shared_radius(data.problem(), {.k = 1});
  CHECK(found.squared_radius == std::vector<double>{4, 1, 1, 4});
  for (const LabelCounts& counts : found.counts) CHECK(counts == LabelCounts{1, 1, 1, 1});
  CHECK(eligible_rows(data.problem())[0] == LabelCounts{2, 2, 2, 2});
}

TEST_CASE("every engine equals a float64 brute force, whatever remains of the blocks") {
  std::uint64_t seed = 100;
  for (const std::int64_t rows : {40, 255, 513, 1100}) {
    for (const std::int64_t cols : {1, 2, 7, 16, 65}) {
      CAPTURE(rows);
      CAPTURE(cols);
      check_every_engine(drawn({.rows = rows, .cols = cols}, ++seed), 3);
    }
  }
}

TEST_CASE("every engine equals brute force where coordinates are taken in parts") {
  check_every_engine(drawn({.rows = 150, .cols = 257}, 51), 3);
  check_every_engine(drawn({.rows = 140, .cols = 600, .classes = 3, .per_source = 2, .grid = 1}, 52), 2);
}

TEST_CASE("every engine equals brute force where most rows are too far apart to be looked at") {
  Data data = drawn({.rows = 1500, .cols = 3, .per_source = 2, .grid = 0.01}, 53);
  for (std::int64_t i = 0; i < data.z.rows(); ++i) data.z(i, 2) += static_cast<float>(i % 7 * 100);
  check_every_engine(data, 4);
  check_every_engine(drawn({.rows = 1500, .cols = 1}, 54), 4);
  check_every_engine(drawn({.rows = 1500, .cols = 2, .grid = 0.25}, 55), 4);
}

TEST_CASE("every engine equals brute force with ties, duplicates, sources and unequal classes") {
  check_every_engine(drawn({.rows = 600, .cols = 2, .grid = 0.5}, 1), 5);
  check_every_engine(drawn({.rows = 600, .cols = 16, .grid = 1}, 2), 5);
  check_every_engine(drawn({.rows = 600, .cols = 3, .classes = 3, .per_source = 4, .grid = 0.25}, 3), 4);
  check_every_engine(drawn({.rows = 900, .cols = 5, .classes = 4, .per_source = 3, .imbalance = 0.8}, 4), 2);
  check_every_engine(drawn({.rows = 700, .cols = 1, .classes = 3, .grid = 4}, 5), 7);
  check_every_engine(drawn({.rows = 1300, .cols = 1, .classes = 1, .transforms = 1, .grid = 8}, 6), 5);
}

TEST_CASE("every engine equals brute force far from zero, tiny, huge and beside an outlier") {
  check_every_engine(drawn({.rows = 400, .cols = 9, .offset = 1e4}, 11), 3);
  check_every_engine(drawn({.rows = 400, .cols = 9, .scale = 1e-30}, 12), 3);
  check_every_engine(drawn({.rows = 400, .cols = 9, .scale = 1e30}, 13), 3);
  Data data = drawn({.rows = 400, .cols = 2}, 14);
  data.z(7, 0) = 1e30F;
  check_every_engine(data, 3);
  // Two far clusters: after centring nothing is near zero, and every near pair needs the recheck.
  data = drawn({.rows = 300, .cols = 4}, 15);
  for (std::int64_t i = 0; i < 300; i += 2) data.z(i, 1) += 5e4F;
  check_every_engine(data, 3);
}

TEST_CASE("several radii from one search equal each from its own, ties, duplicates and sources included") {
  const std::vector<int> ks{1, 3, 4, 10};
  for (const Data& data : {drawn({.rows = 700, .cols = 3}, 41), drawn({.rows = 600, .cols = 2, .grid = 0.5}, 42),
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
  for (const Data& data : {drawn({.rows = 1300, .cols = 3, .grid = 0.5}, 61), drawn({.rows = 700, .cols = 16}, 62),
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
  const Data data = line({0, 1, 2, 3}, {0, 0, 0, 1}, {0, 0, 0, 0});
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

TEST_CASE("constant columns and constant data: every distance ties at zero") {
  Data data = drawn({.rows = 500, .cols = 3}, 21);
  for (std::int64_t i = 0; i < 500; ++i) data.z(i, 1) = 0.1F;
  check_every_engine(data, 3);
  for (std::int64_t i = 0; i < 500; ++i) {
    for (std::int64_t c = 0; c < 3; ++c) data.z(i, c) = 0.1F;
  }
  check_every_engine(data, 3);
}

TEST_CASE("every engine equals brute force on whatever shape is drawn, and refuses the same") {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    CAPTURE(seed);
    RandomStream stream(seed, "shapes");
    RandomShape shape{.rows = 1 + stream.below(seed % 4 == 0 ? 4 : 300), .cols = 1 + stream.below(20)};
    shape.classes = 1 + static_cast<std::int32_t>(stream.below(6));
    shape.transforms = 1 + static_cast<std::int32_t>(stream.below(3));
    shape.per_source = 1 + stream.below(3);
    shape.grid = seed % 3 == 0 ? 1.0 : 0.0;
    shape.offset = seed % 5 == 0 ? 1000.0 : 0.0;
    Data data = drawn(shape, seed);
    for (std::int64_t i = 0; i < shape.rows; ++i) {
      if (shape.cols > 1 && seed % 2 == 0) data.z(i, 1) = 7.0F;  // a constant column
      if (i > 0 && stream.below(4) == 0) std::ranges::copy(data.z.row(i - 1), data.z.row(i).data());  // a duplicate
    }
    const auto fewest = std::ranges::min(eligible_rows(data.problem()), {}, &LabelCounts::yt).yt;
    if (fewest > 0) {
      check_every_engine(data, std::min(fewest, 4));
      continue;
    }
    ++refused;
    for (const NeighborEngine engine : engines()) {
      CHECK_THROWS_WITH_AS(shared_radius(data.problem(), options_of(engine, 1, 1)), doctest::Contains("k = 1 but row"),
                           std::invalid_argument);
    }
  }
  CHECK(refused >= 3);
  CHECK(refused <= 16);
}

TEST_CASE("a value that is not finite is refused by its place, whatever the engine") {
  Data data = drawn({.rows = 40}, 71);
  data.z(17, 2) = std::numeric_limits<float>::quiet_NaN();
  for (const NeighborEngine engine : engines()) {
    CHECK_THROWS_WITH_AS(shared_radius(data.problem(), options_of(engine, 1, 1)),
                         "neighbors: z[17, 2] = nan is not finite", std::invalid_argument);
  }
}

TEST_CASE("an engine that this processor lacks is refused by name, and so are rows prepared for another arithmetic") {
  const Data data = drawn({.rows = 40}, 72);
  for (const NeighborEngine engine : {NeighborEngine::kAvx2, NeighborEngine::kAvx512, NeighborEngine::kAmx}) {
    if (engine_available(engine)) continue;
    MESSAGE("this processor cannot run ", name_of(engine), ": its counts are not compared");
    CHECK_THROWS_WITH_AS(shared_radius(data.problem(), options_of(engine, 1, 1)),
                         fmt::format("neighbors: this processor cannot run the engine '{}'", name_of(engine)).c_str(),
                         std::invalid_argument);
  }
  std::vector<std::int32_t> order(40);
  std::iota(order.begin(), order.end(), 0);
  const PreparedRows rows(data.z, order, 1, Arithmetic::kSplit);
  CHECK_THROWS_WITH_AS(make_scanner(NeighborEngine::kProduct, rows),
                       "neighbors: the rows are not prepared for the engine 'product'", std::invalid_argument);
}

TEST_CASE("split coordinates fill no more tiles than the rounding bound allows for") {
  for (std::int64_t cols = 1; cols <= 600; ++cols) {
    const TileShape shape(cols);
    CHECK_UNARY(8 * shape.products() <= cols + 24);
    CHECK_UNARY(TileShape::kDepth * shape.flat >= 3 * (cols - TileShape::kDepth * shape.deep) + 6);
  }
}

TEST_CASE("every engine equals brute force where split coordinates are too coarse, and far apart from each other") {
  // Two clusters a thousand of their widths apart: rounding of pieces of 16 bits leaves all pairs inside them open.
  Data data = drawn({.rows = 400, .cols = 16}, 81);
  for (std::int64_t i = 0; i < 400; i += 2) data.z(i, 3) += 1e3F;
  check_every_engine(data, 3);
  // Columns whose scales are as far apart as float32 reaches: small pieces fall below its normal numbers.
  data = drawn({.rows = 300, .cols = 40}, 82);
  for (std::int64_t i = 0; i < 300; ++i) {
    for (std::int64_t c = 0; c < 40; ++c) data.z(i, c) *= std::ldexp(1.0F, static_cast<int>(-3 * c));
  }
  check_every_engine(data, 3);
  for (std::int64_t i = 0; i < 300; ++i) data.z(i, 0) = i % 3 == 0 ? 1.0F : -1.0F;
  check_every_engine(data, 3);
}

TEST_CASE("the rounding bound holds: no engine's distance strays further than the slack says") {
  for (const std::int64_t cols : {1, 16, 19, 27, 64, 300}) {
    const Data data = drawn({.rows = 200, .cols = cols, .offset = 3}, 31);
    std::vector<std::int32_t> order(200);
    for (std::int32_t i = 0; i < 200; ++i) order[static_cast<std::size_t>(i)] = i;
    PreparedRows rows(data.z, order, 1);
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<float> all(200, inf), none(static_cast<std::size_t>(rows.padded_rows()), -inf);
    for (const NeighborEngine engine : processor_engines()) {
      CAPTURE(name_of(engine));
      rows.allow_for(arithmetic_of(engine, cols));
      std::vector<float> scratch;
      CandidateList found;
      make_scanner(engine, rows)->scan({0, 200, 0, 200, all.data(), none.data()}, scratch, found);
      REQUIRE(found.size == 200 * 200);
      for (std::size_t c = 0; c < found.size; ++c) {
        const auto [i, j, low] = found[c];
        const double exact = squared_distance(data.z, i, j) * rows.squared_scale();
        CHECK_UNARY(low <= exact);
        CHECK_UNARY(exact <= low + rows.slack(i, j));
      }
    }
  }
}

TEST_CASE("what cannot be asked is refused by name and value") {
  const auto message_of = [](const Data& data, NeighborOptions options) -> std::string {
    try {
      shared_radius(data.problem(), options);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  const Data good = line({0, 1, 2, 3, 4, 5}, {0, 0, 0, 1, 1, 1}, {0, 0, 0, 0, 0, 0});
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
  Data bad = good;
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
  CHECK(message_of(Data{}, {.k = 1}) == "neighbors: there are no rows");
}
