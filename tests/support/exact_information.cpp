#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "support/ground_truth.h"
#include "support/recipes.h"

namespace equinfo::testing {
namespace {

/// ln p(z|y,t) up to a constant that no label changes.
double log_density(const Recipe& recipe, std::span<const float> z, std::int64_t y, std::int64_t t) {
  std::vector<double> mean(z.size());
  recipe.mean(y, static_cast<double>(t), mean);
  const double scale = recipe.scale(y);
  double sum = -static_cast<double>(z.size()) * std::log(scale);
  for (std::size_t j = 0; j < z.size(); ++j) {
    const double x = (z[j] - mean[j]) / scale;
    switch (recipe.noise) {
      case Noise::kGaussian:
        sum -= x * x / 2;
        break;
      case Noise::kStudent3:
        sum -= 2 * std::log1p(x * x / 3);
        break;
      case Noise::kNone:
        sum -= x == 0 ? 0 : std::numeric_limits<double>::infinity();
        break;
    }
  }
  return sum;
}

double prior(const Recipe& recipe, std::int64_t y, std::int64_t t) {
  if (recipe.draw_t == DrawT::kDependent) return y == t ? 0.4 : 0.1;
  return recipe.class_frequency(y) / static_cast<double>(recipe.transforms);
}

struct RowPosterior {
  double y = 0, t = 0, yt = 0;
};

/// p(y|z), p(t|z) and p(y,t|z) at the row's own labels.
RowPosterior posterior(const Recipe& recipe, std::span<const float> z, std::int64_t y, std::int64_t t) {
  const std::int64_t cells = recipe.classes * recipe.transforms;
  std::vector<double> logs(static_cast<std::size_t>(cells));
  for (std::int64_t c = 0; c < cells; ++c) {
    const std::int64_t cy = c / recipe.transforms, ct = c % recipe.transforms;
    logs[static_cast<std::size_t>(c)] = log_density(recipe, z, cy, ct) + std::log(prior(recipe, cy, ct));
  }
  const double top = *std::max_element(logs.begin(), logs.end());
  RowPosterior sums;
  double all = 0;
  for (std::int64_t c = 0; c < cells; ++c) {
    const std::int64_t cy = c / recipe.transforms, ct = c % recipe.transforms;
    const double p = std::exp(logs[static_cast<std::size_t>(c)] - top);
    all += p;
    sums.y += cy == y ? p : 0;
    sums.t += ct == t ? p : 0;
    sums.yt += cy == y && ct == t ? p : 0;
  }
  return {sums.y / all, sums.t / all, sums.yt / all};
}

}  // namespace

RowInformation exact_information(std::string_view problem, const Sample& sample) {
  const Recipe recipe = recipe_of(problem);
  require(!recipe.continuous_t() && sample.z.cols() == recipe.dims,
          "exact information: {} has continuous T or was padded to {} dimensions", problem, sample.z.cols());
  RowInformation rows;
  for (std::int64_t i = 0; i < sample.z.rows(); ++i) {
    const std::int64_t y = sample.y[static_cast<std::size_t>(i)], t = sample.t[static_cast<std::size_t>(i)];
    const RowPosterior p = posterior(recipe, sample.z.row(i), y, t);
    rows.z_y.push_back(std::log(p.y / recipe.class_frequency(y)));
    rows.z_t.push_back(std::log(p.t * static_cast<double>(recipe.transforms)));
    rows.z_yt.push_back(std::log(p.yt / prior(recipe, y, t)));
  }
  return rows;
}

}  // namespace equinfo::testing
