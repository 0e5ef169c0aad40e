#include "estimators/nsb.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <boost/math/tools/minima.hpp>

#include "estimators/entropy.h"

namespace equinfo {
namespace {

double digamma(double x) { return boost::math::digamma(x); }
double trigamma(double x) { return boost::math::trigamma(x); }
double squared(double x) { return x * x; }

/// A histogram as estimators that do not care for names see it: how many values were seen n times.
struct Multiplicities {
  std::map<std::int64_t, double> values;  // count n, zero included → number of values
  double kinds = 0.0, total = 0.0;        // K and N
};

Multiplicities multiplicities_of(std::span<const std::int64_t> counts) {
  Multiplicities m;
  m.kinds = static_cast<double>(counts.size());
  m.total = static_cast<double>(observations(counts));
  for (const std::int64_t n : counts) m.values[n] += 1.0;
  return m;
}

/// ln Γ(x + n) − ln Γ(x). For large x Stirling's series is exact where the difference of two large logarithms is not.
double log_rising(double x, double n) {
  if (x < 1e3) return std::lgamma(x + n) - std::lgamma(x);
  const double y = x + n;
  const double remainder = (1.0 / y - 1.0 / x) / 12.0 - (1.0 / (y * y * y) - 1.0 / (x * x * x)) / 360.0;
  return (y - 0.5) * std::log1p(n / x) + n * std::log(x) - n + remainder;
}

/// dξ/dβ = K ψ'(Kβ + 1) − ψ'(β + 1). For large β the two terms cancel; the series of ψ' gives the difference.
double prior_slope(double beta, double kinds) {
  if (beta < 1e4) return kinds * trigamma(kinds * beta + 1.0) - trigamma(beta + 1.0);
  // ψ'(x + 1) = 1/x − 1/2x² + 1/6x³ − …, so the terms 1/β cancel exactly.
  return (1.0 - 1.0 / kinds) / (2.0 * squared(beta)) - (1.0 - 1.0 / squared(kinds)) / (6.0 * beta * squared(beta));
}

/// ln of the posterior density of ln β, up to a constant.
double log_posterior(const Multiplicities& m, double log_beta) {
  const double beta = std::exp(log_beta);
  double sum = std::log(prior_slope(beta, m.kinds)) + log_beta;
  sum -= log_rising(m.kinds * beta, m.total);
  for (const auto& [n, kinds] : m.values) sum += n > 0 ? kinds * log_rising(beta, static_cast<double>(n)) : 0.0;
  return sum;
}

/// E[S | n, β] and E[S² | n, β].
std::array<double, 2> entropy_moments(const Multiplicities& m, double beta) {
  const double sum = m.total + m.kinds * beta, psi = digamma(sum + 2.0), slope = trigamma(sum + 2.0);
  double mean = digamma(sum + 1.0), own = 0.0, linear = 0.0, diagonal = 0.0, squares = 0.0;
  for (const auto& [n, kinds] : m.values) {
    const double x = static_cast<double>(n) + beta, psi_x = digamma(x + 1.0);
    const double difference = psi_x - psi, psi_next = psi_x + 1.0 / (x + 1.0);
    mean -= kinds * x / sum * psi_x;
    own += kinds * x * (x + 1.0) * (squared(psi_next - psi) + trigamma(x + 2.0) - slope);
    linear += kinds * x * difference;
    diagonal += kinds * squared(x * difference);
    squares += kinds * x * x;
  }
  const double pairs = squared(linear) - diagonal - slope * (squared(sum) - squares);
  return {mean, (own + pairs) / (sum * (sum + 1.0))};
}

/// Where the posterior of ln β has its mass: out to e⁻⁴⁰ of its peak on both sides.
struct Support {
  double low = 0.0, high = 0.0, top = 0.0;
};

Support support_of(const Multiplicities& m) {
  constexpr double kReach = 50.0, kStep = 0.5, kDepth = 40.0, kFirstReach = 1e-4, kGrowth = 1.25;
  constexpr int kBits = 26;  // half of a double's: a maximum is known no better
  const double lowest = -kReach - std::log(m.kinds), highest = kReach + std::log(m.total);
  double best = lowest, top = log_posterior(m, lowest);
  for (double u = lowest; u <= highest; u += kStep) {
    const double value = log_posterior(m, u);
    if (value > top) best = u, top = value;
  }
  const auto peak = boost::math::tools::brent_find_minima([&](double u) { return -log_posterior(m, u); }, best - kStep,
                                                          best + kStep, kBits);
  const auto reach = [&](double sign) {
    double distance = kFirstReach;
    while (log_posterior(m, peak.first + sign * distance) > -peak.second - kDepth) distance *= kGrowth;
    return peak.first + sign * distance;
  };
  return {reach(-1.0), reach(1.0), -peak.second};
}

}  // namespace

PosteriorEntropy nsb_entropy(std::span<const std::int64_t> counts) {
  const Multiplicities m = multiplicities_of(counts);
  if (counts.size() == 1) return {};
  const Support support = support_of(m);
  // The trapezoidal rule: for an analytic integrand that fades on both sides its error falls exponentially in 1/step.
  constexpr int kSteps = 256;
  const double step = (support.high - support.low) / kSteps;
  std::array<double, kSteps + 1> weight{}, first{}, second{};
  double mass = 0.0, mean = 0.0, variance = 0.0;
  for (std::size_t k = 0; k <= kSteps; ++k) {
    const double u = support.low + step * static_cast<double>(k);
    const auto moments = entropy_moments(m, std::exp(u));
    weight[k] = std::exp(log_posterior(m, u) - support.top);
    first[k] = moments[0], second[k] = moments[1];
    mass += weight[k];
    mean += weight[k] * first[k];
  }
  mean /= mass;
  // About the mean, not about zero: the variance may be a small difference of large moments.
  for (std::size_t k = 0; k <= kSteps; ++k) {
    variance += weight[k] / mass * (second[k] - 2.0 * mean * first[k] + mean * mean);
  }
  return {mean, std::sqrt(std::max(variance, 0.0))};
}

}  // namespace equinfo
