#include "pid/gaussian_cells.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/random.h"

namespace equinfo::testing {
namespace {

double sign_of(std::int64_t label) { return 2.0 * static_cast<double>(label) - 1.0; }

GaussianCells exclusive_or(double a) {
  return {.mean = [a](auto y, auto t) { return std::vector<double>{a * sign_of(y ^ t)}; }};
}

GaussianCells additive(double a, double b) {
  return {.mean = [=](auto y, auto t) { return std::vector<double>{a * sign_of(y) + b * sign_of(t)}; }};
}

GaussianCells six_nine(double a, double b) {
  return {.dims = 2, .mean = [=](auto y, auto t) {
            return std::vector<double>{a * sign_of(y) * sign_of(t), b * sign_of(t)};
          }};
}

GaussianCells disentangled(double a) {
  return {.dims = 2, .mean = [a](auto y, auto t) { return std::vector<double>{a * sign_of(y), a * sign_of(t)}; }};
}

/// ln p(z | y, t) up to a constant, turned into p(y, t | z).
void write_posterior(const GaussianCells& cells, std::span<const float> z, std::span<float> posterior) {
  std::vector<double> logs;
  for (std::int64_t c = 0; c < cells.classes * cells.transforms; ++c) {
    const auto mean = cells.mean(c / cells.transforms, c % cells.transforms);
    double squares = 0.0;
    for (std::size_t j = 0; j < z.size(); ++j) squares += (z[j] - mean[j]) * (z[j] - mean[j]);
    logs.push_back(-squares / 2.0);
  }
  const double top = *std::max_element(logs.begin(), logs.end());
  double sum = 0.0;
  for (const double value : logs) sum += std::exp(value - top);
  for (std::size_t c = 0; c < logs.size(); ++c) posterior[c] = static_cast<float>(std::exp(logs[c] - top) / sum);
}

}  // namespace

GaussianCells gaussian_cells(const std::string& problem) {
  const std::map<std::string, GaussianCells> table{{"G03_xor_A2", exclusive_or(2)},
                                                   {"G05 a1 b1", additive(1, 1)},
                                                   {"G05 a2 b1", additive(2, 1)},
                                                   {"G05 a3 b1.5", additive(3, 1.5)},
                                                   {"G09 A2 b1", six_nine(2, 1)},
                                                   {"G09 A3 b2", six_nine(3, 2)},
                                                   {"disentangled (1.5y',1.5t')+N(0,I2)", disentangled(1.5)}};
  const auto found = table.find(problem);
  require(found != table.end(), "there is no problem '{}'", problem);
  return found->second;
}

PosteriorSample draw_posteriors(const GaussianCells& cells, std::int64_t rows, std::uint64_t seed,
                                std::int64_t rows_per_source) {
  RandomStream stream(seed, "gaussian cells");
  std::vector<std::int64_t> y, t, source;
  PosteriorSample sample;
  sample.z = Matrix<float>(rows, cells.dims);
  sample.posterior = Matrix<float>(rows, cells.classes * cells.transforms);
  for (std::int64_t i = 0; i < rows; ++i) {
    const bool copy = i % rows_per_source != 0;
    y.push_back(copy ? y.back() : stream.below(cells.classes));
    t.push_back(copy ? t.back() : stream.below(cells.transforms));
    source.push_back(i / rows_per_source);
    const auto mean = cells.mean(y.back(), t.back());
    for (std::int64_t j = 0; j < cells.dims; ++j) {
      sample.z(i, j) =
          copy ? sample.z(i - 1, j) : static_cast<float>(mean[static_cast<std::size_t>(j)] + stream.normal());
    }
    write_posterior(cells, sample.z.row(i), sample.posterior.row(i));
  }
  sample.labels = code_labels(y, t, source);
  return sample;
}

}  // namespace equinfo::testing
