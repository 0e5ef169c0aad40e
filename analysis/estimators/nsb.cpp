#include "estimators/nsb.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

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

/// Where the posterior of ln β has its mass: the peak, and how far it is above e⁻⁴⁰ of it on both sides.
struct Support {
  double low = 0.0, high = 0.0, peak = 0.0, top = 0.0;
};

Support support_of(const Multiplicities& m) {
  constexpr double kReach = 50.0, kStep = 0.25, kDepth = 40.0;
  const double lowest = -kReach - std::log(m.kinds), highest = kReach + std::log(m.total);
  Support support{lowest, highest, lowest, log_posterior(m, lowest)};
  for (double u = lowest; u <= highest; u += kStep) {
    const double value = log_posterior(m, u);
    if (value > support.top) support.peak = u, support.top = value;
  }
  while (log_posterior(m, support.low) < support.top - kDepth) support.low += kStep;
  while (log_posterior(m, support.high) < support.top - kDepth) support.high -= kStep;
  return support;
}

template <class Integrand>
double integral(const Support& support, const Integrand& integrand) {
  using Rule = boost::math::quadrature::gauss_kronrod<double, 31>;
  constexpr double kTolerance = 1e-12;
  constexpr unsigned kDepth = 12;
  return Rule::integrate(integrand, support.low - 0.25, support.peak, kDepth, kTolerance) +
         Rule::integrate(integrand, support.peak, support.high + 0.25, kDepth, kTolerance);
}

}  // namespace

PosteriorEntropy nsb_entropy(std::span<const std::int64_t> counts) {
  const Multiplicities m = multiplicities_of(counts);
  if (counts.size() == 1) return {};
  const Support support = support_of(m);
  const auto weight = [&](double u) { return std::exp(log_posterior(m, u) - support.top); };
  const double mass = integral(support, weight);
  const double mean =
      integral(support, [&](double u) { return weight(u) * entropy_moments(m, std::exp(u))[0]; }) / mass;
  // About the mean, not about zero: the variance may be a small difference of large moments.
  const double variance = integral(support,
                                   [&](double u) {
                                     const auto moments = entropy_moments(m, std::exp(u));
                                     return weight(u) * (moments[1] - 2.0 * mean * moments[0] + mean * mean);
                                   }) /
                          mass;
  return {mean, std::sqrt(std::max(variance, 0.0))};
}

}  // namespace equinfo
