#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"
#include "synergy/faint_signal.h"
#include "synergy/measure.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Eight rows, two classes, two transformations, and an interval of [0, .001] for everything.
struct Case {
  Labels labels = code_labels(std::vector<std::int64_t>{0, 0, 0, 0, 1, 1, 1, 1},
                              std::vector<std::int64_t>{0, 0, 1, 1, 0, 0, 1, 1}, std::nullopt);
  Design design = describe_design(labels);
  Panel headline = point_panel("best", zero_information(8), labels, design, 0.95);
  Case() {
    for (Estimate& estimate : headline.estimates) estimate.ci_low = 0.0, estimate.ci_high = 0.001;
  }
};

RowInformation constant(double z_y, double z_t, double z_yt) {
  return {std::vector<double>(8, z_y), std::vector<double>(8, z_t), std::vector<double>(8, z_yt)};
}

bool reached(const Estimate& estimate) {
  return std::ranges::find(estimate.flags, "reaches_to_faint") != estimate.flags.end();
}

/// Class means ±a apart in every one of `dims` directions, too little for each to be learned.
Matrix<float> faint_rows(const Labels& labels, std::int64_t dims, double shift, std::uint64_t seed) {
  RandomStream stream(seed, "faint rows");
  Matrix<float> z(labels.rows(), dims);
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const double sign = (labels.y[static_cast<std::size_t>(i)] == 0) == (labels.t[static_cast<std::size_t>(i)] == 0);
    for (float& x : z.row(i)) x = static_cast<float>(stream.normal() + (sign > 0.5 ? shift : -shift));
  }
  return z;
}

}  // namespace

TEST_CASE("faint signals: an interval reaches up to what may hide, in each quantity's own directions") {
  Case c;
  reach_to_faint_signal(c.headline, constant(0.02, 0.0, 0.05), c.labels, c.design, 4, 0.95);
  // One direction for a label of two values, r/2 ln(1 + 2u/r); three for the cells.
  CHECK(*c.headline.at(Quantity::kZY).ci_high == doctest::Approx(0.5 * std::log(1.04)).epsilon(1e-12));
  CHECK(*c.headline.at(Quantity::kZT).ci_high == 0.001);
  CHECK(*c.headline.at(Quantity::kZYT).ci_high == doctest::Approx(1.5 * std::log(1.0 + 0.1 / 3.0)).epsilon(1e-12));
  CHECK(*c.headline.at(Quantity::kZYGivenT).ci_high == doctest::Approx(std::log(1.05)).epsilon(1e-12));
  CHECK(*c.headline.at(Quantity::kSynergy).ci_high == doctest::Approx(0.5 * std::log(1.06)).epsilon(1e-12));
  CHECK(*c.headline.at(Quantity::kYTGivenZ).ci_high == *c.headline.at(Quantity::kSynergy).ci_high);
  CHECK(*c.headline.at(Quantity::kSynergyShare).ci_high ==
        doctest::Approx(*c.headline.at(Quantity::kSynergy).ci_high / (c.design.h_t - 0.001)).epsilon(1e-12));
  CHECK(reached(c.headline.at(Quantity::kZY)));
  CHECK(!reached(c.headline.at(Quantity::kZT)));
  CHECK(*c.headline.at(Quantity::kZY).ci_low == 0.0);
}

TEST_CASE("faint signals: clear ones and wider intervals are left alone") {
  Case c;
  c.headline.at(Quantity::kZT).ci_high = 0.5;
  reach_to_faint_signal(c.headline, constant(0.3, 0.1, 0.35), c.labels, c.design, 4, 0.95);
  CHECK(!reached(c.headline.at(Quantity::kZY)));
  CHECK(!reached(c.headline.at(Quantity::kZYT)));
  CHECK(*c.headline.at(Quantity::kZT).ci_high == 0.5);
}

TEST_CASE("faint signals: the directions are no more than the dimensions, the end no higher than the ceiling") {
  Case c;
  reach_to_faint_signal(c.headline, constant(0.02, 0.0, 0.05), c.labels, c.design, 1, 0.95);
  CHECK(*c.headline.at(Quantity::kZYT).ci_high == doctest::Approx(0.5 * std::log(1.1)).epsilon(1e-12));
  Case low;
  low.headline.at(Quantity::kZY).ceiling_nats = 0.01;
  reach_to_faint_signal(low.headline, constant(0.02, 0.0, 0.05), low.labels, low.design, 4, 0.95);
  CHECK(*low.headline.at(Quantity::kZY).ci_high == 0.01);
}

TEST_CASE("faint signals: dependent labels give the synergy no distance of its own") {
  Case c;
  c.design.independent = false;
  reach_to_faint_signal(c.headline, constant(0.0, 0.0, 0.05), c.labels, c.design, 4, 0.95);
  CHECK(*c.headline.at(Quantity::kSynergy).ci_high == 0.001);
}

TEST_CASE("faint signals: an interaction that no probe can learn is inside the interval all the same") {
  std::vector<std::int64_t> y, t;
  for (std::int64_t i = 0; i < 400; ++i) y.push_back(i % 2), t.push_back(i / 2 % 2);
  const Labels labels = code_labels(y, t, std::nullopt);
  MeasureOptions options;
  options.estimators = {"lda"};
  options.threads = 1;
  int covered = 0, reaching = 0;
  constexpr int kSamples = 20;
  // In 40 directions ±.02236: S ≤ ½ · 40 · .0005 = .01, and so little below that the normal XOR's S is .0099.
  for (std::uint64_t seed = 1; seed <= kSamples; ++seed) {
    const Measurement found = measure(faint_rows(labels, 40, std::sqrt(0.0005), seed), labels, options);
    const Estimate& synergy = found.panels.front().at(Quantity::kSynergy);
    covered += *synergy.ci_low <= 0.0099 && 0.0099 <= *synergy.ci_high ? 1 : 0;
    reaching += reached(synergy) ? 1 : 0;
  }
  CHECK(covered >= 17);  // 95 % of 20 are 19; fewer than 17 have a chance of .2 %
  CHECK(reaching >= 10);
}
