#include "support/ground_truth.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "core/error.h"
#include "core/random.h"
#include "support/recipes.h"

namespace equinfo::testing {
namespace {

std::vector<GroundTruth> read_truths(const std::string& name) {
  const std::string path = EQUINFO_SOURCE_DIR "/tests/support/data/" + name;
  std::ifstream file(path);
  require_file(file.good(), "{}: cannot be opened", path);
  std::vector<GroundTruth> truths;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    GroundTruth truth;
    std::getline(fields, truth.problem, ',');
    for (double* value : {&truth.z_y, &truth.z_t, &truth.z_y_given_t, &truth.z_t_given_y, &truth.z_yt, &truth.synergy,
                          &truth.h_y, &truth.h_t}) {
      std::string text;
      std::getline(fields, text, ',');
      *value = std::stod(text);
    }
    truths.push_back(truth);
  }
  return truths;
}

std::int64_t draw_y(const Recipe& recipe, RandomStream& labels) {
  if (recipe.class_frequencies.empty()) return labels.below(recipe.classes);
  double rest = labels.uniform();
  std::int64_t y = 0;
  while (y + 1 < recipe.classes && rest >= recipe.class_frequency(y)) rest -= recipe.class_frequency(y++);
  return y;
}

double draw_t(const Recipe& recipe, std::int64_t y, std::int64_t turn, RandomStream& labels) {
  switch (recipe.draw_t) {
    case DrawT::kUniform:
      return static_cast<double>(turn % recipe.transforms);
    case DrawT::kDependent:
      return static_cast<double>(labels.uniform() < 0.8 ? y : 1 - y);
    case DrawT::kNormal:
      return labels.normal();
    case DrawT::kInterval:
      return recipe.t_low + (recipe.t_high - recipe.t_low) * labels.uniform();
  }
  return 0;
}

/// Y, T and the source of every row.
Sample draw_labels(const Recipe& recipe, const SampleOptions& options) {
  RandomStream labels(options.seed, "ground truth labels");
  Sample sample;
  for (std::int64_t source = 0; source < options.rows / options.rows_per_source; ++source) {
    const std::int64_t y = draw_y(recipe, labels), start = labels.below(recipe.transforms);
    for (std::int64_t row = 0; row < options.rows_per_source; ++row) {
      const double t = draw_t(recipe, y, start + row, labels);
      sample.y.push_back(y);
      sample.source.push_back(source);
      if (recipe.continuous_t()) sample.t_continuous.push_back(t);
      if (!recipe.continuous_t()) sample.t.push_back(std::llround(t));
    }
  }
  return sample;
}

double noise_value(Noise kind, RandomStream& stream) {
  if (kind == Noise::kNone) return 0.0;
  const double normal = stream.normal();
  if (kind == Noise::kGaussian) return normal;
  double chi_squared = 0;
  for (int i = 0; i < 3; ++i) {
    const double x = stream.normal();
    chi_squared += x * x;
  }
  return normal / std::sqrt(chi_squared / 3);
}

double t_of(const Sample& sample, std::size_t row) {
  return sample.t.empty() ? sample.t_continuous[row] : static_cast<double>(sample.t[row]);
}

/// Signal and noise of every row; padding is noise alone.
Matrix<double> draw_values(const Recipe& recipe, const SampleOptions& options, const Sample& sample) {
  RandomStream stream(options.seed, "ground truth noise");
  const std::int64_t dims = options.dims > 0 ? options.dims : recipe.dims;
  const double rho = options.source_correlation < 0 ? recipe.source_correlation : options.source_correlation;
  Matrix<double> z(options.rows, dims);
  std::vector<double> shared(static_cast<std::size_t>(dims)), mean(shared);
  for (std::int64_t i = 0; i < options.rows; ++i) {
    const auto row = static_cast<std::size_t>(i);
    if (rho > 0 && i % options.rows_per_source == 0) {
      for (double& u : shared) u = stream.normal();
    }
    std::fill(mean.begin(), mean.end(), 0.0);
    recipe.mean(sample.y[row], t_of(sample, row), mean);
    for (std::int64_t j = 0; j < dims; ++j) {
      const auto column = static_cast<std::size_t>(j);
      const double own = noise_value(j < recipe.dims ? recipe.noise : Noise::kGaussian, stream);
      const double noise = rho > 0 ? std::sqrt(rho) * shared[column] + std::sqrt(1 - rho) * own : own;
      z(i, j) = mean[column] + (j < recipe.dims ? recipe.scale(sample.y[row]) : 1.0) * noise;
    }
  }
  return z;
}

void rotate_rows(Matrix<double>& z, std::uint64_t seed) {
  const auto rotation = random_rotation(z.cols(), seed);
  std::vector<double> turned(static_cast<std::size_t>(z.cols()));
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    for (std::int64_t j = 0; j < z.cols(); ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < z.cols(); ++k) sum += rotation(j, k) * z(i, k);
      turned[static_cast<std::size_t>(j)] = sum;
    }
    std::copy(turned.begin(), turned.end(), z.row(i).begin());
  }
}

void bend(Matrix<double>& z) {
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    for (double& x : z.row(i)) x += 0.3 * std::sin(2 * x);
  }
}

void check(const Recipe& recipe, std::string_view problem, const SampleOptions& options) {
  require(options.rows > 0 && options.rows_per_source > 0 && options.rows % options.rows_per_source == 0,
          "ground truth: {} rows do not make sources of {}", options.rows, options.rows_per_source);
  require(options.dims == 0 || options.dims >= recipe.dims, "ground truth: {} has {} dimensions, more than {}", problem,
          recipe.dims, options.dims);
  require(options.source_correlation <= 0 || recipe.noise == Noise::kGaussian,
          "ground truth: only Gaussian noise can be correlated, not that of {}", problem);
}

}  // namespace

const std::vector<GroundTruth>& ground_truths() {
  static const std::vector<GroundTruth> truths = read_truths("ground_truth.csv");
  return truths;
}

const std::vector<GroundTruth>& further_truths() {
  static const std::vector<GroundTruth> truths = read_truths("further_truths.csv");
  return truths;
}

const GroundTruth& ground_truth(std::string_view problem) {
  for (const auto* truths : {&ground_truths(), &further_truths()}) {
    for (const GroundTruth& truth : *truths) {
      if (truth.problem == problem) return truth;
    }
  }
  throw std::invalid_argument(fmt::format("ground truth: there is no problem named '{}'", problem));
}

Sample draw(std::string_view problem, const SampleOptions& options) {
  const Recipe recipe = recipe_of(problem);
  check(recipe, problem, options);
  Sample sample = draw_labels(recipe, options);
  Matrix<double> z = draw_values(recipe, options, sample);
  if (options.rotate) rotate_rows(z, options.seed);
  if (options.warp) bend(z);
  if (options.rotate_again) rotate_rows(z, ~options.seed);
  sample.z = Matrix<float>(z.rows(), z.cols());
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    std::ranges::transform(z.row(i), sample.z.row(i).begin(), [](double x) { return static_cast<float>(x); });
  }
  return sample;
}

Matrix<double> random_rotation(std::int64_t dims, std::uint64_t seed) {
  RandomStream stream(seed, "ground truth rotation");
  Matrix<double> rotation(dims, dims);
  for (std::int64_t i = 0; i < dims; ++i) {
    for (double& x : rotation.row(i)) x = stream.normal();
    // Twice: the second pass removes what rounding left of the first.
    for (std::int64_t k = 0; k < 2 * i; ++k) {
      double overlap = 0;
      for (std::int64_t j = 0; j < dims; ++j) overlap += rotation(i, j) * rotation(k % i, j);
      for (std::int64_t j = 0; j < dims; ++j) rotation(i, j) -= overlap * rotation(k % i, j);
    }
    double squares = 0;
    for (const double x : rotation.row(i)) squares += x * x;
    for (double& x : rotation.row(i)) x /= std::sqrt(squares);
  }
  return rotation;
}

}  // namespace equinfo::testing
