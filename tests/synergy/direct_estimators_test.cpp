#include "synergy/direct_estimators.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "estimators/knn.h"
#include "estimators/quantized.h"
#include "support/ground_truth.h"
#include "support/memory_limit.h"
#include "synergy/knn_panel.h"
#include "synergy/measure.h"

#include <doctest/doctest.h>

using namespace equinfo;
using equinfo::testing::draw;

namespace {

struct Problem {
  Matrix<float> z;
  Labels labels;
};

Problem problem(const char* name, const testing::SampleOptions& options) {
  testing::Sample sample = draw(name, options);
  Labels labels = code_labels(sample.y, sample.t, sample.source);
  return {std::move(sample.z), std::move(labels)};
}

MeasureOptions only(std::vector<std::string> estimators) {
  MeasureOptions options;
  options.estimators = std::move(estimators);
  return options;
}

const Panel& panel_of(const Measurement& measurement, const std::string& estimator) {
  const auto found = std::ranges::find(measurement.panels, estimator, &Panel::estimator);
  REQUIRE(found != measurement.panels.end());
  return *found;
}

double number(const Panel& panel, const std::string& item, Quantity quantity) {
  for (const PanelNumber& n : panel.numbers) {
    if (n.item == item && n.quantity == quantity) return n.value;
  }
  FAIL("there is no ", item);
  return 0.0;
}

bool has_number(const Panel& panel, const std::string& item) {
  return std::ranges::find(panel.numbers, item, &PanelNumber::item) != panel.numbers.end();
}

}  // namespace

TEST_CASE("direct estimators: each has a name of its own and a summary, and one is the second opinion") {
  int opinions = 0;
  for (const DirectEstimator& estimator : direct_estimators()) {
    CHECK(std::ranges::count(estimator_names(), estimator.name) == 1);
    CHECK(!estimator.summary.empty());
    opinions += estimator.second_opinion ? 1 : 0;
  }
  CHECK(opinions == 1);
}

TEST_CASE("direct estimators: each reads an easy problem, alone and beside a probe") {
  const Problem p = problem("G05_mac_a2_b1", {.rows = 4000, .seed = 8});
  const testing::GroundTruth& truth = testing::ground_truth("G05_mac_a2_b1");
  std::vector<std::string> names{"lda"};
  for (const DirectEstimator& estimator : direct_estimators()) names.push_back(estimator.name);
  const Measurement beside = measure(p.z, p.labels, only(names));
  for (std::size_t k = 1; k < names.size(); ++k) {
    CAPTURE(names[k]);
    const Measurement alone = measure(p.z, p.labels, only({names[k]}));
    REQUIRE(alone.panels.size() == 1);
    CHECK(!alone.verdict);
    const Estimate& found = alone.panels[0].at(Quantity::kZYT);
    CHECK(found.nats == panel_of(beside, names[k]).at(Quantity::kZYT).nats);
    // Against the truth: over 8 samples of 4,000 rows these spread by at most .016; 4 of that.
    CHECK(std::abs(found.nats - truth.z_yt) < 0.064);
    CHECK(std::abs(alone.panels[0].at(Quantity::kZY).nats - truth.z_y) < 0.064);
  }
}

TEST_CASE("knn: its curve holds the readings at k = 3, 5, 10, 20 and at the k asked for") {
  const Problem p = problem("G06_disent", {.rows = 1200, .seed = 2, .rows_per_source = 2});
  MeasureOptions options = only({"knn"});
  options.knn_dims = 0;
  options.knn_k = 7;
  const Panel panel = measure(p.z, p.labels, options).panels[0];
  CHECK(number(panel, "knn_k7", Quantity::kSynergy) == panel.at(Quantity::kSynergy).nats);
  for (const int k : {3, 5, 10, 20}) {
    options.knn_k = k;
    const Panel single = measure(p.z, p.labels, options).panels[0];
    CHECK(number(panel, fmt::format("knn_k{}", k), Quantity::kZYT) == single.at(Quantity::kZYT).nats);
    CHECK(number(panel, fmt::format("knn_k{}", k), Quantity::kZYGivenT) == single.at(Quantity::kZYGivenT).nats);
  }
}

TEST_CASE("knn: the curve ends where the smallest cell does") {
  Problem p = problem("G05_mac_a2_b1", {.rows = 400, .seed = 4});
  std::vector<std::int64_t> y, t;
  for (std::int64_t i = 0; i < 400; ++i) {
    y.push_back(i < 12 ? 7 : p.labels.y[static_cast<std::size_t>(i)]);
    t.push_back(i < 12 ? 0 : p.labels.t[static_cast<std::size_t>(i)]);
  }
  const Labels labels = code_labels(y, t, std::nullopt);
  CHECK(largest_knn_k(labels) == 11);
  const Panel panel = measure(p.z, labels, only({"knn"})).panels[0];
  CHECK(has_number(panel, "knn_k10"));
  CHECK(!has_number(panel, "knn_k20"));
}

TEST_CASE("knn: a search that takes more memory than there is is refused before anything is measured") {
  // The engine of products needs two of the coordinates' three forms; the rest for four radii.
  MeasureOptions options = only({"lda", "knn"});
  options.knn_engine = NeighborEngine::kProduct;
  options.threads = 3;
  CHECK(knn_memory(1000, 64, options) == 1000 * (8 * 16 + 181 + 3 * 80));
  options.knn_dims = 0;
  options.threads = 1;
  CHECK(knn_memory(1000, 64, options) == 1000 * (8 * 64 + 181 + 80));
  options.knn_k = 7;  // a fifth radius
  CHECK(knn_memory(1000, 64, options) == 1000 * (8 * 64 + 181 + 80 + 28 + 16));
  options.knn_k = 5;
  const Problem p = problem("G05_mac_a2_b1", {.rows = 4000, .seed = 8});
  const MemoryLimit limit(std::uint64_t{100} << 10U);
  CHECK_THROWS_WITH_AS(measure(p.z, p.labels, options),
                       doctest::Contains("knn: 4000 rows of 1 columns take 1.08 MB of memory, but "),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(measure(p.z, p.labels, only({"knn_own"})), doctest::Contains("are free; leave knn_own out"),
                       std::invalid_argument);
}

TEST_CASE("knn_own: a radius for each information, no synergy, and what it reads more than the shared radius") {
  const Problem p = problem("G06_disent", {.rows = 1000, .seed = 5});
  MeasureOptions options = only({"knn_own", "knn"});
  options.knn_dims = 0;
  const Measurement m = measure(p.z, p.labels, options);
  const Panel &own = panel_of(m, "knn_own"), &shared = panel_of(m, "knn");
  CHECK(own.estimates.size() == 3);
  CHECK_THROWS_AS(own.at(Quantity::kSynergy), std::invalid_argument);
  CHECK(own.at(Quantity::kZYT).nats == shared.at(Quantity::kZYT).nats);
  CHECK(number(own, "own_minus_shared", Quantity::kZT) == own.at(Quantity::kZT).nats - shared.at(Quantity::kZT).nats);
  CHECK(own.at(Quantity::kZT).nats != shared.at(Quantity::kZT).nats);
  options = only({"knn_own"});
  options.keep_rows = true;
  CHECK_THROWS_WITH_AS(measure(p.z, p.labels, options), "knn_own reads no synergy that could be split or compared",
                       std::invalid_argument);
}

TEST_CASE("knn_logits: sees in many dimensions what knn misses, and nothing where there is nothing") {
  const testing::SampleOptions wide{.rows = 4000, .seed = 3, .dims = 256};
  const testing::GroundTruth& truth = testing::ground_truth("G05_mac_a2_b1");
  const Problem p = problem("G05_mac_a2_b1", wide);
  const Measurement m = measure(p.z, p.labels, only({"knn", "knn_logits"}));
  const double plain = panel_of(m, "knn").at(Quantity::kZYT).nats;
  const double logits = panel_of(m, "knn_logits").at(Quantity::kZYT).nats;
  // They read .51 and .83 of .85 here.
  CHECK(std::abs(logits - truth.z_yt) < 0.5 * std::abs(plain - truth.z_yt));
  const Problem null = problem("G16_null", {.rows = 4000, .seed = 3});
  const Panel nothing = measure(null.z, null.labels, only({"knn_logits"})).panels[0];
  // Where the gate closes, all logits of a fold are equal: then each row counts all others and reads about
  // −1/(N_cell − 1) + 1/(N − 1), in the mean −(40 − 1)/(800 − 1) for a fold of 800 rows in 40 cells.
  const double tied = 39.0 / 799.0;
  CHECK(nothing.at(Quantity::kZYT).nats > -tied - 4 * *nothing.at(Quantity::kZYT).std_error);
  CHECK(nothing.at(Quantity::kZYT).nats < 4 * *nothing.at(Quantity::kZYT).std_error);
}

TEST_CASE("knn_logits names the fold's cell that is too small when alone, and is left out beside others") {
  const Problem p = problem("G05_mac_a2_b1", {.rows = 60, .seed = 3});
  CHECK_THROWS_WITH_AS(measure(p.z, p.labels, only({"knn_logits"})),
                       doctest::Contains("knn_logits searches inside a fold, and in one of 5, knn: k = 5 but class"),
                       std::invalid_argument);
  const Measurement m = measure(p.z, p.labels, only({"lda", "knn_logits"}));
  CHECK(m.panels.size() == 3);
  const auto& details = m.panels[0].details;
  CHECK(std::ranges::any_of(details, [](const auto& d) { return d.first == "left out"; }));
}

TEST_CASE("quantized: bounds are called bounds, errors are the jackknife's, and the correction can be chosen") {
  const Problem p = problem("G05_mac_a2_b1", {.rows = 1500, .seed = 6});
  MeasureOptions options = only({"quantized"});
  options.entropy = "miller-madow";
  options.codewords = 20;
  const Panel panel = measure(p.z, p.labels, options).panels[0];
  Matrix<float> z = p.z;
  standardise(z);
  const auto expected = quantized_information(z, p.labels, {.codewords = 20, .correction = "miller-madow"});
  CHECK(std::abs(panel.at(Quantity::kZYT).nats - expected.z_yt.mean) < 1e-12);
  CHECK(std::abs(panel.at(Quantity::kZTGivenY).nats - expected.z_t_given_y.mean) < 1e-12);
  CHECK(panel.at(Quantity::kZTGivenY).std_error == expected.z_t_given_y.std_error);
  CHECK(panel.at(Quantity::kZYGivenT).kind == EstimateKind::kLowerBound);
  CHECK(panel.at(Quantity::kZY).kind == EstimateKind::kLowerBound);
  CHECK(panel.at(Quantity::kSynergy).kind == EstimateKind::kDifference);
  CHECK(panel.at(Quantity::kYTGivenZ).kind == EstimateKind::kDifference);
  // S and I(Y;T|Z) differ by a constant of the labels: the same error, intervals of the same width; S's share follows.
  const Estimate &synergy = panel.at(Quantity::kSynergy), &given_z = panel.at(Quantity::kYTGivenZ);
  CHECK(given_z.std_error == synergy.std_error);
  CHECK(std::abs(*given_z.ci_high - *given_z.ci_low - (*synergy.ci_high - *synergy.ci_low)) < 1e-12);
  const Estimate &share = panel.at(Quantity::kSynergyShare), &z_t = panel.at(Quantity::kZT);
  const double least_open = describe_design(p.labels).h_t - *z_t.ci_high;
  CHECK(std::abs(*share.ci_high - *synergy.ci_high / least_open) < 1e-12);
  CHECK(!share.std_error);
  options.entropy = "plug-in";
  CHECK(measure(p.z, p.labels, options).panels[0].at(Quantity::kZYT).nats > panel.at(Quantity::kZYT).nats);
}

TEST_CASE("quantized: an undefined correction is named alone, and left out beside others") {
  // Every row of the half that is counted is nearest to a codeword of its own or nearly so: all pairs are singletons.
  Matrix<float> z(12, 1);
  std::vector<std::int64_t> y, t;
  for (std::int64_t i = 0; i < 12; ++i) {
    z(i, 0) = static_cast<float>(i);
    y.push_back(i % 2);
    t.push_back(i / 6);
  }
  const Labels labels = code_labels(y, t, std::nullopt);
  MeasureOptions options = only({"quantized"});
  options.entropy = "chao-shen";
  CHECK_THROWS_AS(measure(z, labels, options), std::domain_error);
  options.estimators = {"quantized", "knn"};
  options.knn_k = 1;
  CHECK(measure(z, labels, options).panels.size() == 1);
  options.entropy = "chaos-hen";
  CHECK_THROWS_WITH_AS(measure(z, labels, options),
                       "there is no entropy correction 'chaos-hen'; did you mean 'chao-shen'?", std::invalid_argument);
}

TEST_CASE("what refuses beside another that refuses is no silence") {
  const Problem p = problem("G05_mac_a2_b1", {.rows = 20, .seed = 3});
  MeasureOptions options = only({"knn", "knn_own"});
  options.knn_k = 19;
  CHECK_THROWS_WITH_AS(measure(p.z, p.labels, options), doctest::Contains("knn: k = 19 but class"),
                       std::invalid_argument);
}

TEST_CASE("direct estimators: the same bytes for one and for several threads") {
  const Problem p = problem("G11_cells10x4_A3", {.rows = 2001, .seed = 7});
  MeasureOptions one = only({"knn", "knn_own", "knn_logits", "quantized"}), three = one;
  one.threads = 1;
  three.threads = 3;
  const Measurement a = measure(p.z, p.labels, one), b = measure(p.z, p.labels, three);
  REQUIRE(a.panels.size() == 4);
  for (std::size_t k = 0; k < a.panels.size(); ++k) {
    for (std::size_t e = 0; e < a.panels[k].estimates.size(); ++e) {
      CHECK(a.panels[k].estimates[e].nats == b.panels[k].estimates[e].nats);
      CHECK(a.panels[k].estimates[e].std_error == b.panels[k].estimates[e].std_error);
    }
  }
}
