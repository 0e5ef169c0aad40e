#include "synergy/power.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/progress.h"
#include "core/random.h"
#include "estimators/joint_probe.h"
#include "estimators/permutation_scheme.h"

namespace equinfo {
namespace {

/// Standard deviation of a centred coordinate, and the correlation of two rows of one source.
struct CoordinateNoise {
  double deviation = 0.0, correlation = 0.0;
};

CoordinateNoise noise_of(const std::vector<double>& values, const Labels& labels) {
  std::vector<double> sum(static_cast<std::size_t>(labels.sources)), squares(sum), count(sum);
  double all = 0.0, products = 0.0, pairs = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto g = static_cast<std::size_t>(labels.source[i]);
    sum[g] += values[i], squares[g] += values[i] * values[i], count[g] += 1.0;
    all += values[i] * values[i] / static_cast<double>(values.size());
  }
  for (std::size_t g = 0; g < sum.size(); ++g) {
    products += sum[g] * sum[g] - squares[g];
    pairs += count[g] * (count[g] - 1.0);
  }
  const bool alike = pairs > 0.0 && all > 0.0;
  return {std::sqrt(all), alike ? std::clamp(products / pairs / all, 0.0, 1.0) : 0.0};
}

/// Orthonormal directions in R^dims.
std::vector<std::vector<double>> random_directions(std::int64_t count, std::int64_t dims, RandomStream& stream) {
  std::vector<std::vector<double>> directions;
  while (static_cast<std::int64_t>(directions.size()) < count) {
    std::vector<double> u(static_cast<std::size_t>(dims));
    for (double& x : u) x = stream.normal();
    for (const auto& other : directions) {
      double along = 0.0;
      for (std::size_t j = 0; j < u.size(); ++j) along += u[j] * other[j];
      for (std::size_t j = 0; j < u.size(); ++j) u[j] -= along * other[j];
    }
    double norm = 0.0;
    for (const double x : u) norm += x * x;
    for (double& x : u) x /= std::sqrt(norm);
    directions.push_back(std::move(u));
  }
  return directions;
}

std::vector<double> coordinates(const LargeMatrix& z, const std::vector<double>& direction) {
  std::vector<double> values(static_cast<std::size_t>(z.rows()), 0.0);
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    for (std::size_t j = 0; j < direction.size(); ++j)
      values[static_cast<std::size_t>(i)] += direction[j] * z.row(i)[j];
  }
  return values;
}

/// Replaces the coordinate along one direction by noise like its own and the shifted code.
void plant(LargeMatrix& z, const Labels& labels, const std::vector<double>& direction, std::size_t number, double shift,
           RandomStream& stream) {
  const std::vector<double> old = coordinates(z, direction);
  const CoordinateNoise noise = noise_of(old, labels);
  std::vector<double> shared(static_cast<std::size_t>(labels.sources));
  for (double& x : shared) x = stream.normal();
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const auto row = static_cast<std::size_t>(i);
    const double g = std::sqrt(noise.correlation) * shared[static_cast<std::size_t>(labels.source[row])] +
                     std::sqrt(1.0 - noise.correlation) * stream.normal();
    const double code = planted_code(planted_half(labels.y[row], labels.classes),
                                     planted_half(labels.t[row], labels.transforms))[number];
    const double change = noise.deviation * (g + shift * code) - old[row];
    for (std::size_t j = 0; j < direction.size(); ++j) {
      z.row(i)[j] += static_cast<float>(change * direction[j]);
    }
  }
}

Labels permuted(const Labels& labels, const PermutationScheme& scheme, RandomStream& stream) {
  Labels moved = labels;
  const auto from = scheme.permutations.draw(stream);
  for (std::size_t i = 0; i < from.size(); ++i) {
    moved.y[i] = labels.y[static_cast<std::size_t>(from[i])];
    moved.t[i] = labels.t[static_cast<std::size_t>(from[i])];
  }
  if (labels.continuous_t) moved.continuous_t = select_rows(labels, from).continuous_t;
  return moved;
}

/// Zero, then six shifts from what nobody could find in so many images to a clear signal; a shift of a gives a²/2.
std::vector<double> shifts_for(std::int64_t sources) {
  constexpr int kStrengths = 6;
  const double strongest = 0.4, weakest = std::min(0.1, 1.0 / static_cast<double>(sources));
  std::vector<double> shifts{0.0};
  for (int k = 0; k < kStrengths; ++k) {
    shifts.push_back(std::sqrt(2.0 * weakest * std::pow(strongest / weakest, k / (kStrengths - 1.0))));
  }
  return shifts;
}

MeasureOptions quiet_options(const MeasureOptions& options) {
  MeasureOptions quiet = options;
  quiet.show_progress = quiet.keep_rows = false;
  quiet.permutations = 0;
  std::vector<std::string> probes;
  for (const std::string& name : options.estimators) {
    if (std::ranges::find(probe_kinds(), name, &ProbeKind::name) != probe_kinds().end()) probes.push_back(name);
  }
  if (!probes.empty()) quiet.estimators = probes;
  return quiet;
}

void count(PlantedQuantity& planted, const Estimate& estimate, int plants) {
  const double low = estimate.ci_low.value_or(0.0), high = estimate.ci_high.value_or(0.0);
  planted.mean += estimate.nats / plants;
  planted.detected += low > 0.0 ? 1 : 0;
  planted.covered += low <= planted.truth && planted.truth <= high ? 1 : 0;
}

}  // namespace

const PlantedQuantity& PlantedStrength::at(Quantity quantity) const {
  const auto found = std::ranges::find(quantities, quantity, &PlantedQuantity::quantity);
  require(found != quantities.end(), "planted signal: has no {}", name_of(quantity));
  return *found;
}

Power planted_power(MatrixView<const float> raw, const Labels& labels, const MeasureOptions& options, int plants) {
  require(plants >= 1, "planted signals: {} of each strength; at least 1 is needed", plants);
  const PermutationScheme scheme = permutation_scheme(Quantity::kZYT, labels);
  require(scheme.movable > 0, "planted signals: no label can change place ({})", scheme.words);
  const ScaledRows z = standardised_rows(raw, 1);
  const MeasureOptions quiet = quiet_options(options);
  const std::int64_t directions = std::min(kMostDirections, z.cols());
  Power power{"", plants, {}};
  for (const double shift : shifts_for(labels.sources)) {
    power.strengths.push_back({shift, planted_truth(labels, directions, shift)});
  }
  std::optional<Progress> progress;
  if (options.show_progress)
    progress.emplace("planted signals", static_cast<std::int64_t>(power.strengths.size()) * plants, "plants");
  for (int plant_number = 0; plant_number < plants; ++plant_number) {
    for (std::size_t s = 0; s < power.strengths.size(); ++s) {
      PlantedStrength& strength = power.strengths[s];
      // The same permutation and noise for every strength, so that the course over strengths is smooth.
      RandomStream stream(options.seed, "planted signals", static_cast<std::uint64_t>(plant_number));
      const Labels moved = permuted(labels, scheme, stream);
      LargeMatrix planted = z.all(options.threads);
      const auto along = random_directions(directions, z.cols(), stream);
      for (std::size_t k = 0; k < along.size(); ++k) plant(planted, moved, along[k], k, strength.shift, stream);
      const Measurement measurement = measure(planted, moved, quiet);
      power.estimator = measurement.panels.front().estimator;
      for (auto& quantity : strength.quantities) {
        count(quantity, measurement.panels.front().at(quantity.quantity), plants);
      }
      if (progress) progress->advance();
    }
  }
  return power;
}

std::optional<double> detectable(const Power& power, Quantity quantity) {
  std::optional<double> smallest;
  double stronger = 0.0, stronger_share = 0.0;
  for (auto strength = power.strengths.rbegin(); strength != power.strengths.rend(); ++strength) {
    const PlantedQuantity& planted = strength->at(quantity);
    const double share = static_cast<double>(planted.detected) / power.plants;
    if (share < kSurePower || planted.truth <= 0.0) {
      if (smallest && planted.truth > 0.0 && stronger_share > share) {
        const double part = (stronger_share - kSurePower) / (stronger_share - share);
        smallest = stronger * std::pow(planted.truth / stronger, part);
      }
      break;
    }
    smallest = stronger = planted.truth;
    stronger_share = share;
  }
  return smallest;
}

}  // namespace equinfo
