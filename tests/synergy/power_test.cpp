#include <array>
#include <cmath>
#include <stdexcept>

#include "core/random.h"
#include "support/ground_truth.h"
#include "synergy/power.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Sources of four transformations each, whose features are alike and lean towards the class.
struct Images {
  Matrix<float> z;
  Labels labels;
};

Images draw_images(std::int64_t sources, std::int64_t dims) {
  RandomStream stream(4, "images");
  std::vector<std::int64_t> y, t, source;
  Images images{Matrix<float>(4 * sources, dims), {}};
  std::vector<double> place(static_cast<std::size_t>(dims));
  for (std::int64_t i = 0; i < 4 * sources; ++i) {
    if (i % 4 == 0) {
      for (double& x : place) x = 2.0 * stream.normal();
    }
    y.push_back(i / 4 % 2);
    t.push_back(i % 4);
    source.push_back(i / 4);
    for (std::int64_t j = 0; j < dims; ++j) {
      const double lean = j == 0 ? 5.0 * static_cast<double>(y.back()) : 0.0;
      images.z(i, j) = static_cast<float>(place[static_cast<std::size_t>(j)] + stream.normal() + lean);
    }
  }
  images.labels = code_labels(y, t, source);
  return images;
}

double truth(const std::vector<PlantedQuantity>& truths, Quantity quantity) {
  return PlantedStrength{0.0, truths}.at(quantity).truth;
}

MeasureOptions lda_alone() {
  MeasureOptions options;
  options.estimators = {"lda", "knn"};
  return options;
}

}  // namespace

TEST_CASE("the truth of one planted direction is that of a XOR of two points, with many labels too") {
  // One direction codes the product alone: two points ±a, as G01 has them.
  const Labels labels = draw_images(8, 1).labels;
  for (const auto& [shift, problem] : {std::pair{1.0, "G01_bpsk_A1"}, std::pair{2.0, "G01_bpsk_A2"}}) {
    const auto truths = planted_truth(labels, 1, shift);
    const double two_points = testing::ground_truth(problem).z_y;
    CHECK(std::abs(truth(truths, Quantity::kZYT) - two_points) < 1e-4);  // the table has four decimals
    CHECK(std::abs(truth(truths, Quantity::kSynergy) - two_points) < 1e-4);
    CHECK(std::abs(truth(truths, Quantity::kZY)) < 1e-9);
    CHECK(std::abs(truth(truths, Quantity::kZT)) < 1e-9);
  }
}

TEST_CASE("three planted directions: chain rules, and small signals tell a²/2 each") {
  const Labels labels = draw_images(8, 1).labels;
  const auto truths = planted_truth(labels, 3, 0.05);
  for (const Quantity quantity : {Quantity::kZY, Quantity::kZT, Quantity::kSynergy}) {
    CHECK(std::abs(truth(truths, quantity) / (0.05 * 0.05 / 2.0) - 1.0) < 0.02);  // the next term is of order a²
  }
  CHECK(std::abs(truth(truths, Quantity::kZY) + truth(truths, Quantity::kZTGivenY) - truth(truths, Quantity::kZYT)) <
        1e-12);
  CHECK(truth(planted_truth(labels, 2, 0.0), Quantity::kZYT) == 0.0);
}

TEST_CASE("planted signals are seen when strong, not when nothing is planted, and strong truths are covered") {
  const Images images = draw_images(800, 4);
  constexpr int kPlants = 4;
  const Power power = planted_power(images.z, images.labels, lda_alone(), kPlants);
  CHECK((power.estimator == "best" && power.plants == kPlants && power.strengths.size() == 7));
  for (const Quantity quantity : {Quantity::kZY, Quantity::kZT, Quantity::kZYT, Quantity::kSynergy}) {
    CAPTURE(name_of(quantity));
    CHECK(power.strengths.front().at(quantity).truth == 0.0);
    CHECK(power.strengths.front().at(quantity).detected <= 2);  // at 2.5 % a plant, three of four: one in 16,000
    CHECK(power.strengths.back().at(quantity).detected == kPlants);
    // Signals at the edge of what is seen are gated towards zero and covered less often: the table is there to show it.
    // Of eight strong plants at 95 % fewer than six happen once in 2,700.
    CHECK(power.strengths[5].at(quantity).covered + power.strengths[6].at(quantity).covered >= 6);
    const auto size = detectable(power, quantity);
    REQUIRE(size.has_value());
    CHECK((*size > 0.0 && *size <= power.strengths.back().at(quantity).truth));
  }
}

TEST_CASE("the halves of odd and even numbers of labels, and their codes") {
  CHECK((planted_half(0, 4) == 0 && planted_half(1, 4) == 0 && planted_half(2, 4) == 1 && planted_half(3, 4) == 1));
  CHECK((planted_half(1, 3) == 0 && planted_half(2, 3) == 1));
  CHECK(planted_code(0, 1) == std::array<double, 3>{-1.0, 1.0, -1.0});
  CHECK(planted_code(1, 1) == std::array<double, 3>{1.0, -1.0, -1.0});
}

TEST_CASE("what is detectable, by hand: between two strengths by the logarithm of the truth") {
  const auto strength = [](double size, int detected) {
    return PlantedStrength{size, {{Quantity::kSynergy, size, size, detected, 10}}};
  };
  Power power{"best", 10, {strength(0.0, 0), strength(0.01, 6), strength(0.04, 10)}};
  CHECK(std::abs(*detectable(power, Quantity::kSynergy) - 0.02) < 1e-12);  // half way from 1.0 to .6
  power.strengths[1].quantities[0].detected = 9;
  CHECK(*detectable(power, Quantity::kSynergy) == 0.01);  // the weakest planted; nothing is known below
  power.strengths[2].quantities[0].detected = 7;
  CHECK(!detectable(power, Quantity::kSynergy));
}

TEST_CASE("planted signals that cannot be planted are refused") {
  const Images images = draw_images(20, 2);
  CHECK_THROWS_WITH_AS(planted_power(images.z, images.labels, lda_alone(), 0),
                       "planted signals: 0 of each strength; at least 1 is needed", std::invalid_argument);
  CHECK_THROWS_WITH_AS(planted_truth(images.labels, 4, 0.1), "planted signal: 4 directions", std::invalid_argument);
}
