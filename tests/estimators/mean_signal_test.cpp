#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"
#include "estimators/cross_fit.h"
#include "estimators/mean_signal.h"
#include "resampling/clustered.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

struct Recipe {
  std::int64_t sources, rows_per_source, dims;
  double correlation;      // of the noise of two rows of a source
  double class_shift = 0;  // of class 0 against class 1 along the first coordinate, ±shift
  double xor_shift = 0;    // of y ≠ t along the last one
};

struct Sample {
  Matrix<float> z;
  Labels labels;
};

/// Two classes, four transformations of which the upper two count as one in the interaction.
Sample sample_of(const Recipe& recipe, std::uint64_t seed) {
  RandomStream stream(seed, "mean signal");
  std::vector<std::int64_t> y, t, source;
  Matrix<float> z(recipe.sources * recipe.rows_per_source, recipe.dims);
  for (std::int64_t s = 0; s < recipe.sources; ++s) {
    std::vector<double> shared(static_cast<std::size_t>(recipe.dims));
    for (double& x : shared) x = std::sqrt(recipe.correlation) * stream.normal();
    for (std::int64_t k = 0; k < recipe.rows_per_source; ++k) {
      const auto row = z.row(s * recipe.rows_per_source + k);
      y.push_back(s % 2);
      t.push_back(stream.below(4));
      source.push_back(s);
      for (std::size_t j = 0; j < row.size(); ++j) {
        row[j] = static_cast<float>(shared[j] + std::sqrt(1 - recipe.correlation) * stream.normal());
      }
      row.front() += static_cast<float>(y.back() == 0 ? recipe.class_shift : -recipe.class_shift);
      row.back() += static_cast<float>((y.back() == 0) == (t.back() < 2) ? recipe.xor_shift : -recipe.xor_shift);
    }
  }
  return {std::move(z), code_labels(y, t, source)};
}

/// Mean, spread and mean reported error of one of the three signals over replicates.
struct Course {
  double mean = 0.0, deviation = 0.0, reported = 0.0;
};

Course course_of(const Recipe& recipe, std::vector<double> RowInformation::*part, int replicates) {
  std::vector<double> values;
  Course course;
  for (int r = 0; r < replicates; ++r) {
    const Sample sample = sample_of(recipe, static_cast<std::uint64_t>(r) + 1);
    const auto signal = mean_signal(sample.z, sample.labels, 1);
    REQUIRE(signal);
    const ClusteredMean mean = clustered_mean(*signal.*part, sample.labels.source, sample.labels.sources);
    values.push_back(mean.mean);
    course.mean += mean.mean / replicates;
    course.reported += mean.std_error / replicates;
  }
  for (const double value : values)
    course.deviation += (value - course.mean) * (value - course.mean) / (replicates - 1);
  course.deviation = std::sqrt(course.deviation);
  return course;
}

void check_unbiased(const Course& course, double truth, int replicates) {
  CAPTURE(course.mean);
  CAPTURE(course.deviation);
  CHECK(std::abs(course.mean - truth) < 4.0 * course.deviation / std::sqrt(replicates));
}

}  // namespace

TEST_CASE("mean signal: zero where nothing is told, and its error is not too small") {
  constexpr int kReplicates = 60;
  for (const Recipe& recipe : {Recipe{600, 1, 30, 0.0}, Recipe{300, 4, 12, 0.8}, Recipe{250, 1, 80, 0.0}}) {
    for (const auto part : {&RowInformation::z_y, &RowInformation::z_t, &RowInformation::z_yt}) {
      const Course course = course_of(recipe, part, kReplicates);
      check_unbiased(course, 0.0, kReplicates);
      // √2 in theory; 60 replicates know their deviation to 9 %, and 4 × that is .37.
      CHECK(course.reported > 1.04 * course.deviation);
      CHECK(course.reported < 2.2 * course.deviation);
    }
  }
}

TEST_CASE("mean signal: half the squared distance of faint means") {
  constexpr int kReplicates = 60;
  // With noise of unit variance and means at ±a, ½ tr(W⁻¹B) = a²/2.
  const Recipe recipe{800, 2, 10, 0.0, 0.2, 0.3};
  check_unbiased(course_of(recipe, &RowInformation::z_y, kReplicates), 0.02, kReplicates);
  check_unbiased(course_of(recipe, &RowInformation::z_t, kReplicates), 0.0, kReplicates);
  check_unbiased(course_of(recipe, &RowInformation::z_yt, kReplicates), 0.02 + 0.045, kReplicates);
}

TEST_CASE("mean signal: constant columns count for nothing, and too many columns are refused") {
  Sample sample = sample_of({200, 2, 5, 0.5, 0.4, 0.4}, 1);
  const auto plain = mean_signal(sample.z, sample.labels, 1);
  Matrix<float> wide(sample.z.rows(), 7);
  for (std::int64_t i = 0; i < wide.rows(); ++i) {
    std::ranges::copy(sample.z.row(i), wide.row(i).begin());
    wide(i, 5) = 3.0F;
  }
  const auto padded = mean_signal(wide, sample.labels, 1);
  REQUIRE(plain);
  REQUIRE(padded);
  for (std::size_t i = 0; i < plain->z_yt.size(); ++i)
    CHECK(padded->z_yt[i] == doctest::Approx(plain->z_yt[i]).epsilon(1e-3));
  CHECK_FALSE(mean_signal(Matrix<float>(400, 7), sample.labels, 1));    // nothing varies
  CHECK_FALSE(mean_signal(Matrix<float>(400, 196), sample.labels, 1));  // 392 < 2 · 197
}

TEST_CASE("mean signal: the same bytes for any number of threads") {
  const Sample sample = sample_of({1500, 3, 8, 0.3, 0.1, 0.1}, 2);
  const auto one = mean_signal(sample.z, sample.labels, 1), two = mean_signal(sample.z, sample.labels, 2);
  REQUIRE(one);
  CHECK(one->z_y == two->z_y);
  CHECK(one->z_t == two->z_t);
  CHECK(one->z_yt == two->z_yt);
}

TEST_CASE("sums of the rows give the same as reading them, and are not trusted where cells lie far apart") {
  for (const double shift : {0.3, 1e4}) {
    const Sample sample = sample_of({300, 2, 6, 0.4, shift, 0.2}, 11);
    const CrossFitter fitter(sample.z, sample.labels, {.threads = 1});
    const DataSums sums = fitter.totals();
    const auto known = mean_signal(sample.z, sample.labels, 1, &sums), read = mean_signal(sample.z, sample.labels, 1);
    for (const auto part : {&RowInformation::z_t, &RowInformation::z_yt}) {
      double largest = 1.0;
      for (const double value : (*read).*part) largest = std::max(largest, std::abs(value));
      for (std::size_t i = 0; i < known->z_t.size(); ++i) {
        // Scatters are float32. With the larger shift both read the rows; where W was trusted all the same, values
        // would be of another size.
        CHECK(std::abs(((*known).*part)[i] - ((*read).*part)[i]) < 1e-4 * largest);
      }
    }
  }
}
