#include "synergy/planted_truth.h"

#include <cmath>
#include <numbers>

#include "core/error.h"

namespace equinfo {
namespace {

constexpr std::array kPlanted{Quantity::kZY,       Quantity::kZT,  Quantity::kZYGivenT,
                              Quantity::kZTGivenY, Quantity::kZYT, Quantity::kSynergy};
using Point = std::array<double, kMostDirections>;

double sign_of(std::size_t half) { return half == 0 ? 1.0 : -1.0; }

double standard_normal(double x) { return std::exp(-x * x / 2.0) / std::sqrt(2.0 * std::numbers::pi); }

/// How often each class and transformation goes with either half of the other: what the code can tell apart.
struct Halves {
  std::vector<std::array<double, 2>> y, t;      // p(y, half of T), p(t, half of Y)
  std::array<std::array<double, 2>, 2> both{};  // p(half of Y, half of T)

  explicit Halves(const Labels& labels)
      : y(static_cast<std::size_t>(labels.classes)), t(static_cast<std::size_t>(labels.transforms)) {
    const double one = 1.0 / static_cast<double>(labels.rows());
    for (std::size_t i = 0; i < labels.y.size(); ++i) {
      const std::size_t a = planted_half(labels.y[i], labels.classes), b = planted_half(labels.t[i], labels.transforms);
      y[static_cast<std::size_t>(labels.y[i])][b] += one;
      t[static_cast<std::size_t>(labels.t[i])][a] += one;
      both[a][b] += one;
    }
  }
};

/// Sums of p ln p(z|·)/p(z) over the labels, given the densities of the four halves at one point.
struct Informations {
  double z_y = 0.0, z_t = 0.0, z_yt = 0.0;

  void add(const Halves& halves, const std::array<std::array<double, 2>, 2>& density, double volume) {
    double z = 0.0;
    for (std::size_t a = 0; a < 2; ++a) {
      for (std::size_t b = 0; b < 2; ++b) z += halves.both[a][b] * density[a][b];
    }
    const auto term = [&](double joint, double share) {
      return joint > 0.0 ? volume * joint * std::log(joint / (share * z)) : 0.0;
    };
    for (std::size_t y = 0; y < halves.y.size(); ++y) {
      const auto& p = halves.y[y];
      const std::size_t a = planted_half(static_cast<std::int32_t>(y), static_cast<std::int32_t>(halves.y.size()));
      z_y += term(p[0] * density[a][0] + p[1] * density[a][1], p[0] + p[1]);
    }
    for (std::size_t t = 0; t < halves.t.size(); ++t) {
      const auto& p = halves.t[t];
      const std::size_t b = planted_half(static_cast<std::int32_t>(t), static_cast<std::int32_t>(halves.t.size()));
      z_t += term(p[0] * density[0][b] + p[1] * density[1][b], p[0] + p[1]);
    }
    for (std::size_t a = 0; a < 2; ++a) {
      for (std::size_t b = 0; b < 2; ++b) z_yt += term(halves.both[a][b] * density[a][b], halves.both[a][b]);
    }
  }
};

/// Densities of the four halves at a point, along the directions there are.
std::array<std::array<double, 2>, 2> densities(const Point& z, std::int64_t directions, double shift) {
  std::array<std::array<double, 2>, 2> density{};
  for (std::size_t a = 0; a < 2; ++a) {
    for (std::size_t b = 0; b < 2; ++b) {
      const Point code = planted_code(a, b);
      double product = 1.0;
      for (std::size_t j = 0; j < static_cast<std::size_t>(directions); ++j) {
        product *= standard_normal(z[j] - shift * code[j]);
      }
      density[a][b] = product;
    }
  }
  return density;
}

Informations integrate(const Halves& halves, std::int64_t directions, double shift) {
  constexpr double kStep = 0.5;
  const auto reach = static_cast<std::int64_t>(std::ceil((shift + 6.5) / kStep));
  const std::int64_t nodes = 2 * reach + 1;
  std::int64_t points = 1;
  for (std::int64_t j = 0; j < directions; ++j) points *= nodes;
  Informations sums;
  for (std::int64_t p = 0; p < points; ++p) {
    Point z{};
    std::int64_t rest = p;
    for (std::size_t j = 0; j < static_cast<std::size_t>(directions); ++j, rest /= nodes) {
      z[j] = kStep * static_cast<double>(rest % nodes - reach);
    }
    sums.add(halves, densities(z, directions, shift), std::pow(kStep, static_cast<double>(directions)));
  }
  return sums;
}

}  // namespace

std::size_t planted_half(std::int32_t code, std::int32_t count) { return 2 * code < count ? 0 : 1; }

std::array<double, kMostDirections> planted_code(std::size_t half_of_y, std::size_t half_of_t) {
  return {sign_of(half_of_y) * sign_of(half_of_t), sign_of(half_of_y), sign_of(half_of_t)};
}

std::vector<PlantedQuantity> planted_truth(const Labels& labels, std::int64_t directions, double shift) {
  require(directions >= 1 && directions <= kMostDirections, "planted signal: {} directions", directions);
  const Informations sums = integrate(Halves(labels), directions, shift);
  const double values[]{
      sums.z_y, sums.z_t, sums.z_yt - sums.z_t, sums.z_yt - sums.z_y, sums.z_yt, sums.z_yt - sums.z_y - sums.z_t};
  std::vector<PlantedQuantity> truths;
  for (std::size_t q = 0; q < kPlanted.size(); ++q) truths.push_back({kPlanted[q], shift > 0.0 ? values[q] : 0.0});
  return truths;
}

}  // namespace equinfo
