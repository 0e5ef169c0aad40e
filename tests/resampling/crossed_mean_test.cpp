#include <cmath>

#include "core/random.h"
#include "resampling/clustered.h"
#include "resampling/crossed_mean.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

constexpr std::int64_t kRuns = 3, kSources = 60, kRowsPerSource = 2;

struct Spread {
  double of_runs, of_images, of_both;  // standard deviations of u, a and b
};

std::vector<std::int32_t> sources() {
  std::vector<std::int32_t> source;
  for (std::int32_t i = 0; i < kSources * kRowsPerSource; ++i) source.push_back(i / kRowsPerSource);
  return source;
}

/// Runs on the given images: θ = 0.
RowsOfRuns draw_runs(const Spread& spread, const std::vector<double>& images, RandomStream& stream) {
  RowsOfRuns runs;
  for (std::int64_t r = 0; r < kRuns; ++r) {
    const double run = spread.of_runs * stream.normal();
    runs.emplace_back();
    for (const double image : images) {
      const double both = spread.of_both * stream.normal();
      for (std::int64_t k = 0; k < kRowsPerSource; ++k) runs.back().push_back(run + image + both);
    }
  }
  return runs;
}

std::vector<double> draw_images(const Spread& spread, RandomStream& stream) {
  std::vector<double> images;
  for (std::int64_t g = 0; g < kSources; ++g) images.push_back(spread.of_images * stream.normal());
  return images;
}

}  // namespace

TEST_CASE("a mean over runs and images by hand") {
  const RowsOfRuns runs{{1, 1, 3, 3}, {2, 2, 6, 6}};
  const std::vector<std::int32_t> source{0, 0, 1, 1};
  const CrossedMean mean = crossed_mean(runs, source, 2);
  CHECK((mean.runs == 2 && mean.sources == 2 && mean.mean == 3.0));
  // The runs' means 2 and 4; row means 1.5 and 4.5 in pairs: SE² = 2 · (9 + 9) / 16 = 2.25.
  CHECK(std::abs(mean.runs_sd - std::sqrt(2.0)) < 1e-12);
  CHECK(std::abs(mean.runs_error - 1.0) < 1e-12);
  // What is left of either run is ±.5 off ±1: row means off their run by −.5 and −1.5, sums within sources ±1 around
  // −1: SE² = 2 · (1 + 1) / 16 = .25 for each, so B̂ = .5 and B̂/R = .25.
  CHECK(std::abs(mean.images_error - std::sqrt(2.0)) < 1e-12);
  CHECK(std::abs(mean.std_error() - std::sqrt(3.0)) < 1e-12);
  const double reach = std::hypot(interval_factor(0.9, 2) * 1.0, interval_factor(0.9, 2) * std::sqrt(2.0));
  CHECK(std::abs(crossed_reach(mean, 0.9) - reach) < 1e-12);
}

TEST_CASE("one run has its own clustered error and no spread") {
  const std::vector<std::int32_t> source{0, 0, 1, 1};
  const CrossedMean mean = crossed_mean({{1, 1, 3, 3}}, source, 2);
  CHECK(mean.runs_sd == 0.0);
  CHECK(std::abs(mean.images_error - 1.0) < 1e-12);
  CHECK(std::abs(crossed_reach(mean, 0.95) - interval_factor(0.95, 2)) < 1e-12);
}

TEST_CASE("no run, or runs of other lengths, are refused") {
  const std::vector<std::int32_t> source{0, 1};
  CHECK_THROWS_WITH_AS(crossed_mean({}, source, 2), "mean over runs: there is no run", std::invalid_argument);
  CHECK_THROWS_WITH_AS(crossed_mean({{1, 2}, {1}}, source, 2), "mean over runs: one has 2 rows, another 1",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(images_error_of_difference({{1, 2}}, {{1, 2, 3}}, source, 2),
                       "mean over runs: one has 2 rows, another 3", std::invalid_argument);
}

TEST_CASE("95 % intervals over three runs cover, whether runs or images vary most, images alone do not") {
  constexpr int kReplicates = 2000;
  // Four standard deviations of a share around .95 of 2000: 4 · √(.95 · .05 / 2000) = .0195. Adding squared half-widths
  // is conservative where both parts matter, so only the lower side is checked.
  for (const Spread spread : {Spread{1.0, 0.5, 0.5}, Spread{0.1, 2.0, 1.0}, Spread{0.2, 1.0, 3.0}}) {
    int covered = 0, covered_by_images = 0;
    for (std::uint64_t replicate = 0; replicate < kReplicates; ++replicate) {
      RandomStream stream(5, "runs and images", replicate);
      const auto runs = draw_runs(spread, draw_images(spread, stream), stream);
      const CrossedMean mean = crossed_mean(runs, sources(), kSources);
      covered += std::abs(mean.mean) <= crossed_reach(mean, 0.95) ? 1 : 0;
      covered_by_images += std::abs(mean.mean) <= 1.96 * mean.images_error ? 1 : 0;
    }
    CHECK(covered >= (0.95 - 0.0195) * kReplicates);
    if (spread.of_runs == 1.0) CHECK(covered_by_images < kReplicates / 2);
  }
}

TEST_CASE("the error of a mean over runs and images is unbiased, and what runs share cancels between groups") {
  constexpr int kReplicates = 2000;
  const Spread spread{0.2, 1.0, 1.5};
  double squares = 0.0, claimed = 0.0, difference_squares = 0.0, difference_claimed = 0.0;
  for (std::uint64_t replicate = 0; replicate < kReplicates; ++replicate) {
    RandomStream stream(6, "runs and images", replicate);
    const auto images = draw_images(spread, stream);
    const auto a = draw_runs(spread, images, stream), b = draw_runs(spread, images, stream);
    const CrossedMean x = crossed_mean(a, sources(), kSources), y = crossed_mean(b, sources(), kSources);
    squares += x.mean * x.mean / kReplicates;
    claimed += x.std_error() * x.std_error() / kReplicates;
    difference_squares += (y.mean - x.mean) * (y.mean - x.mean) / kReplicates;
    const double shared = images_error_of_difference(a, b, sources(), kSources);
    difference_claimed += (x.runs_error * x.runs_error + y.runs_error * y.runs_error + shared * shared) / kReplicates;
  }
  // A mean of 2000 squares is off by √(2/2000) = 3 % (1 SD); the cut at zero adds a little to the difference's claim.
  CHECK(std::abs(claimed / squares - 1.0) < 0.13);
  CHECK(difference_claimed / difference_squares > 0.87);
  CHECK(difference_claimed / difference_squares < 1.25);
}
