// Every engine against the definition, on data that are hard for one or another of them.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "neighbors/amx_kernel.h"
#include "neighbors/brute_force.h"
#include "neighbors/prepared_rows.h"
#include "neighbors/row_arrangement.h"
#include "neighbors/scanner_choice.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

void check_every_engine(const NeighborData& data, int k) {
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

}  // namespace

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
  NeighborData data = drawn({.rows = 1500, .cols = 3, .per_source = 2, .grid = 0.01}, 53);
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
  NeighborData data = drawn({.rows = 400, .cols = 2}, 14);
  data.z(7, 0) = 1e30F;
  check_every_engine(data, 3);
  // Two far clusters: after centring nothing is near zero, and every near pair needs the recheck.
  data = drawn({.rows = 300, .cols = 4}, 15);
  for (std::int64_t i = 0; i < 300; i += 2) data.z(i, 1) += 5e4F;
  check_every_engine(data, 3);
}

TEST_CASE("constant columns and constant data: every distance ties at zero") {
  NeighborData data = drawn({.rows = 500, .cols = 3}, 21);
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
    NeighborData data = drawn(shape, seed);
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
  NeighborData data = drawn({.rows = 40}, 71);
  data.z(17, 2) = std::numeric_limits<float>::quiet_NaN();
  for (const NeighborEngine engine : engines()) {
    CHECK_THROWS_WITH_AS(shared_radius(data.problem(), options_of(engine, 1, 1)),
                         "neighbors: z[17, 2] = nan is not finite", std::invalid_argument);
  }
}

TEST_CASE("an engine that this processor lacks is refused by name, and so are rows prepared for another arithmetic") {
  const NeighborData data = drawn({.rows = 40}, 72);
  for (const NeighborEngine engine :
       {NeighborEngine::kAvx2, NeighborEngine::kAvx512, NeighborEngine::kVnni, NeighborEngine::kAmx}) {
    if (engine_available(engine)) continue;
    MESSAGE("this processor cannot run ", name_of(engine), ": its counts are not compared");
    CHECK_THROWS_WITH_AS(
        shared_radius(data.problem(), options_of(engine, 1, 1)),
        fmt::format("neighbors: this processor or its system cannot run the engine '{}'", name_of(engine)).c_str(),
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
  NeighborData data = drawn({.rows = 400, .cols = 16}, 81);
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

TEST_CASE("every engine equals brute force where integers of 8 bits are too coarse, and where they must be smaller") {
  // Rows so far out that they are not rounded to integers at all: each of them is looked at with every other.
  NeighborData data = drawn({.rows = 4200, .cols = 5, .classes = 2}, 84);
  data.z(7, 1) = 1e6F;
  check_every_engine(data, 3);
  // More of them than may be set aside, so that all others are rounded to the same integers.
  for (std::int64_t i = 0; i < 40; ++i) data.z(100 * i, 2) = i % 2 == 0 ? 1e4F : -1e4F;
  check_every_engine(data, 3);
  // Sums of so many products of 127 and 255 would leave 32 bits.
  check_every_engine(drawn({.rows = 48, .cols = 20000, .classes = 2}, 85), 2);
}

TEST_CASE("every engine equals brute force in cells large enough for guessed limits, and where these are too small") {
  NeighborData data = drawn({.rows = 2100, .cols = 10, .classes = 1, .transforms = 1}, 87);
  check_every_engine(data, 5);
  // The very rows that the guesses come from lie on each other and may not be each other's neighbours.
  data.source.resize(2100);
  std::iota(data.source.begin(), data.source.end(), 0);
  for (std::int64_t s = 0; s < 256; ++s) {
    const std::int64_t row = 2100 * s / 256;
    data.source[static_cast<std::size_t>(row)] = 0;
    std::ranges::fill(data.z.row(row), 5.0F);
  }
  check_every_engine(data, 5);
}

TEST_CASE("kAuto takes an engine that is not too coarse for the rows") {
  if (!engine_available(NeighborEngine::kVnni)) {
    MESSAGE("skipped: this processor cannot run vnni");
    return;
  }
  const auto first_engine = [](const NeighborData& data) {
    const NeighborProblem problem = data.problem();
    const Arrangement arrangement = arranged(problem, std::vector<bool>(problem.y.size(), true), 1);
    PreparedRows rows(problem.z, arrangement.order, 1);
    // Those with integers look at some pairs twice, which blur() says how far away.
    return choose_scanner(rows, arrangement, 3, {.threads = 1})->blur() > 0.0;
  };
  NeighborData data = drawn({.rows = 4000, .cols = 8}, 86);
  CHECK(first_engine(data));
  for (std::int64_t i = 0; i < 4000; ++i) data.z(i, 0) += i % 2 == 0 ? 0.0F : 1e3F;
  CHECK_FALSE(first_engine(data));
}

TEST_CASE("the rounding bound holds: no engine's distance strays further than the slack says") {
  for (const std::int64_t cols : {1, 16, 19, 27, 64, 300}) {
    const NeighborData data = drawn({.rows = 200, .cols = cols, .offset = 3}, 31);
    std::vector<std::int32_t> order(200);
    for (std::int32_t i = 0; i < 200; ++i) order[static_cast<std::size_t>(i)] = i;
    PreparedRows rows(data.z, order, 1);
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<float> all(200, inf), none(static_cast<std::size_t>(rows.padded_rows()), -inf);
    for (const NeighborEngine engine : processor_engines()) {
      CAPTURE(name_of(engine));
      const NeighborEngine first = engines_to_try(engine, cols).front();
      rows.allow_for(arithmetic_of(first));
      std::vector<float> scratch;
      CandidateList found;
      make_scanner(first, rows)->scan({0, 200, 0, 200, all.data(), none.data()}, scratch, found);
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
