#include "bench/known_samples.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "core/random.h"
#include "estimators/transform_bins.h"
#include "support/recipes.h"

namespace equinfo::bench {
namespace {

/// Wrapped and plain samples of equal dims (G16 has 16 of its own) have different seeds too.
std::uint64_t seed_of(const std::string& problem, bool wrapped, std::int64_t dims) {
  RandomStream stream(1, problem, static_cast<std::uint64_t>(wrapped ? dims : 0));
  return static_cast<std::uint64_t>(stream.below(std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

std::string KnownSample::key() const { return fmt::format("{},{},{},{}", truth.problem, wrapped ? 1 : 0, dims, rows); }

testing::Sample KnownSample::draw() const {
  testing::SampleOptions options{rows, seed};
  if (wrapped) {
    options.dims = dims;
    options.rotate = options.warp = options.rotate_again = true;
  }
  return testing::draw(truth.problem, options);
}

Labels KnownSample::labels(const testing::Sample& drawn) const {
  if (drawn.t_continuous.empty()) return code_labels(drawn.y, drawn.t, drawn.source);
  return code_labels(drawn.y, parameter_of(drawn), std::array{t_period}, drawn.source);
}

Matrix<double> parameter_of(const testing::Sample& drawn) {
  Matrix<double> parameter(static_cast<std::int64_t>(drawn.t_continuous.size()), 1);
  std::ranges::copy(drawn.t_continuous, parameter.data());
  return parameter;
}

std::vector<KnownSample> known_samples(std::int64_t rows) {
  std::vector<KnownSample> samples;
  for (const std::int64_t dims : {0, 16, 64, 512}) {
    for (const testing::GroundTruth& truth : testing::ground_truths()) {
      const testing::Recipe recipe = testing::recipe_of(truth.problem);
      const bool wrapped = dims > 0;
      if (wrapped && recipe.dims > dims) continue;
      samples.push_back(
          {truth, wrapped, wrapped ? dims : recipe.dims, rows, seed_of(truth.problem, wrapped, dims), recipe.t_period});
    }
  }
  return samples;
}

}  // namespace equinfo::bench
