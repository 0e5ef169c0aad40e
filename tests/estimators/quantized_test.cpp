#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/random.h"
#include "estimators/codebook.h"
#include "estimators/quantized.h"
#include "resampling/clustered.h"
#include "support/ground_truth.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

Labels labels_of(const Sample& sample) { return code_labels(sample.y, sample.t, sample.source); }

QuantizedInformation measure(const std::string& problem, const SampleOptions& draw_options,
                             const QuantizedOptions& options) {
  const Sample sample = draw(problem, draw_options);
  return quantized_information(sample.z.view(), labels_of(sample), options);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value / static_cast<double>(values.size());
  return sum;
}

}  // namespace

TEST_CASE("k-means by hand: two pairs of points") {
  Matrix<float> z(4, 1);
  z(0, 0) = 0, z(1, 0) = 1, z(2, 0) = 10, z(3, 0) = 12;
  const Codebook codebook = fit_codebook(z.view(), {.codewords = 2});
  CHECK(codebook.centre == std::vector<double>{5.75});
  std::vector<double> positions{codebook.codewords(0, 0) + 5.75, codebook.codewords(1, 0) + 5.75};
  std::ranges::sort(positions);
  CHECK(positions == std::vector<double>{0.5, 11.0});
  const auto nearest = nearest_codewords(codebook, z.view(), 1);
  CHECK(nearest[0] == nearest[1]);
  CHECK(nearest[2] == nearest[3]);
  CHECK(nearest[0] != nearest[2]);
}

TEST_CASE("a codebook has no more codewords than there are distinct rows, and assigns by distance") {
  Matrix<float> z(30, 2);
  for (std::int64_t i = 0; i < 30; ++i) z(i, 0) = static_cast<float>(i % 3), z(i, 1) = static_cast<float>(i % 2);
  CHECK(fit_codebook(z.view(), {.codewords = 64}).size() == 6);
  RandomStream stream(1, "codebook test");
  Matrix<float> points(500, 5);
  for (std::int64_t i = 0; i < 2500; ++i) points.data()[i] = static_cast<float>(100.0 + stream.normal());
  const Codebook codebook = fit_codebook(points.view(), {.codewords = 9});
  const auto nearest = nearest_codewords(codebook, points.view(), 1);
  for (std::int64_t i = 0; i < 500; ++i) {
    std::vector<double> distance(9, 0.0);
    for (std::int64_t c = 0; c < 9; ++c) {
      for (std::int64_t j = 0; j < 5; ++j) {
        const double gap = points(i, j) - codebook.centre[static_cast<std::size_t>(j)] - codebook.codewords(c, j);
        distance[static_cast<std::size_t>(c)] += gap * gap;
      }
    }
    // 1e-4: distances of order 5 from products in float32.
    CHECK(distance[static_cast<std::size_t>(nearest[static_cast<std::size_t>(i)])] <
          *std::ranges::min_element(distance) + 1e-4);
  }
}

TEST_CASE("a discrete code is read exactly, by every correction") {
  for (const std::string correction : {"plug-in", "miller-madow", "grassberger", "chao-shen", "nsb"}) {
    for (const std::string problem : {"G10_digits_C2_Ainf_napp15", "G10_digits_C4_Ainf_napp30"}) {
      CAPTURE(correction);
      CAPTURE(problem);
      const GroundTruth& truth = ground_truth(problem);
      const auto found = measure(problem, {.rows = 8000, .seed = 3}, {.correction = correction});
      CHECK(found.codewords == (truth.h_t < 1.0 ? 15 : 30));
      // 4 standard errors, of the order of .01, and .004 for what is left of the corrections' bias: the plug-in's is
      // (15 − 1) · (20 − 1)/2N = .033 for N = 4,000, less the cells that cannot occur.
      const double bias = correction == "plug-in" ? 0.035 : 0.004;
      CHECK(std::abs(found.z_y.mean - truth.z_y) < 4 * found.z_y.std_error + bias);
      CHECK(std::abs(found.z_t.mean - truth.z_t) < 4 * found.z_t.std_error + bias);
      CHECK(std::abs(found.z_yt.mean - truth.z_yt) < 4 * found.z_yt.std_error + bias);
      CHECK(std::abs(found.synergy.mean - truth.synergy) < 4 * found.synergy.std_error + bias);
      CHECK(found.z_yt.std_error < 0.02);
    }
  }
}

TEST_CASE("the null: corrections take off the plug-in's bias") {
  const auto at_null = [](const std::string& correction) {
    return measure("G16_null", {.rows = 8000, .seed = 1}, {.codewords = 16, .correction = correction});
  };
  const auto plain = at_null("plug-in");
  // (16 − 1)(40 − 1)/2N with N = 4,000 rows a half.
  CHECK(plain.z_yt.mean == doctest::Approx(15.0 * 39.0 / 8000.0).epsilon(0.15));
  for (const std::string correction : {"miller-madow", "grassberger", "nsb"}) {
    CAPTURE(correction);
    const auto found = at_null(correction);
    // χ² with 585 degrees of freedom over 2N, two halves averaged: sd √(2 · 585)/8000/√2 = .003; 4 of these.
    CHECK(std::abs(found.z_yt.mean) < 0.012);
    CHECK(std::abs(found.z_y.mean) < 0.006);
    CHECK(std::abs(found.synergy.mean) < 0.012);
  }
  // Chao and Shen's overshoots for many equal, nearly full bins: no worse than half the plug-in's bias.
  CHECK(std::abs(at_null("chao-shen").z_yt.mean) < 0.5 * plain.z_yt.mean);
}

TEST_CASE("a continuous code is bounded by its information, and nearly reached in one dimension") {
  for (const std::string problem : {"G05_mac_a2_b1", "G09_sixnine_A2_b1", "G06_disent"}) {
    CAPTURE(problem);
    const GroundTruth& truth = ground_truth(problem);
    const auto found = measure(problem, {.rows = 8000, .seed = 2}, {});
    CHECK(found.z_y.mean < truth.z_y + 4 * found.z_y.std_error);
    CHECK(found.z_t.mean < truth.z_t + 4 * found.z_t.std_error);
    CHECK(found.z_yt.mean < truth.z_yt + 4 * found.z_yt.std_error);
    // What 64 codewords lose in one or two dimensions, beside the sampling error.
    CHECK(found.z_yt.mean > truth.z_yt - 4 * found.z_yt.std_error - 0.03);
  }
}

TEST_CASE("rows have the values as their means, and follow the chain rule") {
  const auto found = measure("G09_sixnine_A2_b1", {.rows = 2001, .seed = 4}, {.codewords = 20});
  CHECK(std::abs(mean_of(found.rows.z_y) - found.z_y.mean) < 1e-12);
  CHECK(std::abs(mean_of(found.rows.z_t) - found.z_t.mean) < 1e-12);
  CHECK(std::abs(mean_of(found.rows.z_yt) - found.z_yt.mean) < 1e-12);
  CHECK(std::abs(found.synergy.mean - (found.z_yt.mean - found.z_y.mean - found.z_t.mean)) < 1e-12);
}

TEST_CASE("the jackknife's errors match the rows' clustered ones, and both the spread over samples") {
  constexpr int kSamples = 60;
  std::vector<double> values;
  double jackknife = 0.0, clustered = 0.0;
  for (int s = 0; s < kSamples; ++s) {
    const Sample sample = draw("G05_mac_a2_b1", {.rows = 800, .seed = 50 + static_cast<std::uint64_t>(s)});
    const Labels labels = labels_of(sample);
    const auto found = quantized_information(sample.z.view(), labels, {.codewords = 12});
    values.push_back(found.z_yt.mean);
    jackknife += found.z_yt.std_error / kSamples;
    clustered += clustered_mean(found.rows.z_yt, labels.source, labels.sources).std_error / kSamples;
  }
  double squares = 0.0;
  for (const double value : values) squares += (value - mean_of(values)) * (value - mean_of(values));
  const double spread = std::sqrt(squares / (kSamples - 1));
  // A standard deviation over 60 samples is known to 1/√120 = 9 %; 4 of that.
  CHECK(jackknife == doctest::Approx(spread).epsilon(0.37));
  CHECK(clustered == doctest::Approx(spread).epsilon(0.37));
}

TEST_CASE("the same bytes for any number of threads") {
  const Sample sample = draw("G11_cells10x4_A3", {.rows = 3000, .seed = 6});
  const auto one = quantized_information(sample.z.view(), labels_of(sample), {.threads = 1});
  for (const int threads : {2, 5}) {
    const auto other = quantized_information(sample.z.view(), labels_of(sample), {.threads = threads});
    CHECK(other.rows.z_yt == one.rows.z_yt);
    CHECK(other.z_yt.std_error == one.z_yt.std_error);
    CHECK(other.synergy.mean == one.synergy.mean);
  }
}

TEST_CASE("what the quantized estimator refuses") {
  const Sample sample = draw("G05_mac_a2_b1", {.rows = 40});
  const Labels labels = labels_of(sample);
  const auto run = [&](const QuantizedOptions& options) { quantized_information(sample.z.view(), labels, options); };
  CHECK_THROWS_WITH_AS(quantized_information(sample.z.view().middle_rows(0, 7), labels, {}),
                       "quantized: z has 7 rows but the labels 40", std::invalid_argument);
  CHECK_THROWS_WITH_AS(run({.codewords = 1}), "codebook: 1 codewords are too few, at least 2 are needed",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(run({.jackknife_groups = 1}), "quantized: 1 jackknife groups are too few, at least 2 are needed",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(run({.correction = "nbs"}), "there is no entropy correction 'nbs'; did you mean 'nsb'?",
                       std::invalid_argument);
  const Labels three = code_labels(std::vector<std::int64_t>(40, 0), std::vector<std::int64_t>(40, 0), [] {
    std::vector<std::int64_t> source(40, 0);
    source[1] = 1, source[2] = 2;
    return source;
  }());
  CHECK_THROWS_WITH_AS(quantized_information(sample.z.view(), three, {}),
                       "quantized: 3 sources are too few, at least 4 are needed", std::invalid_argument);
  CHECK_THROWS_WITH_AS(fit_codebook(Matrix<float>(0, 2).view(), {}), "codebook: there are no rows",
                       std::invalid_argument);
  const Codebook codebook = fit_codebook(sample.z.view(), {.codewords = 3});
  CHECK_THROWS_WITH_AS(nearest_codewords(codebook, Matrix<float>(2, 3).view(), 1),
                       "codebook: the rows have 3 dimensions but the codewords 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS(fit_codebook(sample.z.view(), {.max_iterations = 0}), "codebook: 0 iterations are too few",
                       std::invalid_argument);
}
