#include <cmath>
#include <vector>

#include "core/random.h"
#include "synergy/design.h"

#include <doctest/doctest.h>

using namespace equinfo;

TEST_CASE("a crossed design: entropies by hand, exactly independent and balanced") {
  std::vector<std::int64_t> y, t;
  for (int i = 0; i < 24; ++i) y.push_back(i / 4 % 3), t.push_back(i % 4);
  const Design design = describe_design(code_labels(y, t, std::nullopt));
  CHECK(std::abs(design.h_y - std::log(3.0)) < 1e-12);
  CHECK(std::abs(design.h_t - std::log(4.0)) < 1e-12);
  CHECK(std::abs(design.h_yt - std::log(12.0)) < 1e-12);
  CHECK(std::abs(design.y_t) < 1e-12);
  CHECK(design.independent);
  CHECK(design.balanced);
}

TEST_CASE("dependent labels: their information by hand, found dependent, rows average to it") {
  // P(Y = T) = 3/4 on two values each: I = ln 2 − H(3/4).
  std::vector<std::int64_t> y, t;
  for (int i = 0; i < 400; ++i) y.push_back(i % 2), t.push_back(i % 8 < 6 ? i % 2 : 1 - i % 2);
  const Design design = describe_design(code_labels(y, t, std::nullopt));
  const double truth = std::log(2.0) + 0.75 * std::log(0.75) + 0.25 * std::log(0.25);
  CHECK(std::abs(design.y_t - truth) < 1e-12);
  double sum = 0;
  for (const double row : design.row_y_t) sum += row;
  CHECK(std::abs(sum / 400 - truth) < 1e-12);
  CHECK(!design.independent);
  CHECK(design.dependence_p_value < 1e-10);
  CHECK(!design.balanced);
}

TEST_CASE("labels that pass for independent count as exactly so: what they share is chance") {
  RandomStream stream(3, "independent labels");
  std::vector<std::int64_t> y, t;
  for (int i = 0; i < 800; ++i) y.push_back(stream.below(10)), t.push_back(stream.below(4));
  const Design design = describe_design(code_labels(y, t, std::nullopt));
  REQUIRE(design.independent);
  CHECK(design.y_t == 0.0);
  CHECK(design.h_yt == design.h_y + design.h_t);
  for (const double row : design.row_y_t) CHECK(std::abs(row) < 1e-12);
}

TEST_CASE("the test of independence counts sources, not rows: copies of a few sources prove nothing") {
  std::vector<std::int64_t> y, t, source;
  for (int i = 0; i < 600; ++i) {
    source.push_back(i / 100);
    y.push_back(source.back() % 2);
    t.push_back(source.back() % 3 == 0 ? y.back() : 1 - y.back());
  }
  CHECK(!describe_design(code_labels(y, t, std::nullopt)).independent);
  CHECK(describe_design(code_labels(y, t, source)).independent);
}

TEST_CASE("sparse independent labels are not called dependent: 200 classes by 4, four rows a class") {
  int dependent = 0;
  constexpr int kSamples = 60;
  for (int sample = 0; sample < kSamples; ++sample) {
    RandomStream stream(static_cast<std::uint64_t>(sample), "sparse labels");
    std::vector<std::int64_t> y, t;
    for (int i = 0; i < 800; ++i) y.push_back(stream.below(200)), t.push_back(stream.below(4));
    if (!describe_design(code_labels(y, t, std::nullopt)).independent) ++dependent;
  }
  CHECK(dependent <= 2);  // level .001: two or more of 60 has probability .002
}
