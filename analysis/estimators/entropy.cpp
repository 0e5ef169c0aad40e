#include "estimators/entropy.h"

#include <cmath>

#include <boost/math/special_functions/digamma.hpp>

#include "core/error.h"
#include "core/suggest.h"
#include "estimators/nsb.h"

namespace equinfo {
namespace {

/// Boost's default policy raises long double and exceptions that are not wanted here; ψ at positive arguments is safe.
double digamma(double x) { return boost::math::digamma(x); }

/// G(n) of grassberger_entropy.
double grassberger_term(double n, bool even) {
  const double half = 0.5 * (digamma((n + 1.0) / 2.0) - digamma(n / 2.0));
  return digamma(n) + (even ? half : -half);
}

}  // namespace

std::int64_t observations(std::span<const std::int64_t> counts) {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    require(counts[i] >= 0, "entropy: count {} of the histogram is negative, {}", i, counts[i]);
    total += counts[i];
  }
  if (total == 0) throw std::domain_error(fmt::format("entropy: the {} counts hold no observation", counts.size()));
  return total;
}

double plug_in_entropy(std::span<const std::int64_t> counts) {
  const auto total = static_cast<double>(observations(counts));
  double sum = 0.0;
  for (const std::int64_t n : counts) {
    const auto count = static_cast<double>(n);
    if (n > 0) sum += count * std::log(total / count);
  }
  return sum / total;
}

double miller_madow_entropy(std::span<const std::int64_t> counts) {
  const auto total = static_cast<double>(observations(counts));
  double seen = 0.0;
  for (const std::int64_t n : counts) seen += n > 0 ? 1.0 : 0.0;
  return plug_in_entropy(counts) + (seen - 1.0) / (2.0 * total);
}

double grassberger_entropy(std::span<const std::int64_t> counts) {
  const auto total = static_cast<double>(observations(counts));
  double sum = 0.0;
  for (const std::int64_t n : counts) {
    const auto count = static_cast<double>(n);
    if (n > 0) sum += count * grassberger_term(count, n % 2 == 0);
  }
  return std::log(total) - sum / total;
}

double chao_shen_entropy(std::span<const std::int64_t> counts) {
  const std::int64_t rows = observations(counts);
  const auto total = static_cast<double>(rows);
  std::int64_t singletons = 0;
  for (const std::int64_t n : counts) singletons += n == 1 ? 1 : 0;
  if (singletons == rows) {
    throw std::domain_error(
        fmt::format("Chao-Shen entropy: all {} values were seen once, so its coverage is 0 and it is undefined", rows));
  }
  const double coverage = 1.0 - static_cast<double>(singletons) / total;
  double sum = 0.0;
  for (const std::int64_t n : counts) {
    const double p = coverage * static_cast<double>(n) / total;
    // expm1 and log1p keep 1 − (1 − p)^N exact where p is small; p = 1 gives −ln 1 = 0.
    if (n > 0 && p < 1.0) sum += p * std::log(p) / std::expm1(total * std::log1p(-p));
  }
  return sum;
}

double nsb_mean_entropy(std::span<const std::int64_t> counts) { return nsb_entropy(counts).mean; }

const std::vector<EntropyCorrection>& entropy_corrections() {
  static const std::vector<EntropyCorrection> table{
      {"plug-in", "frequencies as they are; falls short", plug_in_entropy},
      {"miller-madow", "adds the first term of the plug-in's bias", miller_madow_entropy},
      {"grassberger", "digamma in place of the logarithm (2003)", grassberger_entropy},
      {"chao-shen", "weighs values by the chance to have been seen", chao_shen_entropy},
      {"nsb", "Bayesian, prior nearly flat in the entropy", nsb_mean_entropy},
  };
  return table;
}

const EntropyCorrection& entropy_correction_named(std::string_view name) {
  std::vector<std::string> names;
  for (const EntropyCorrection& correction : entropy_corrections()) {
    if (correction.name == name) return correction;
    names.push_back(correction.name);
  }
  throw std::invalid_argument(
      fmt::format("there is no entropy correction '{}'; did you mean '{}'?", name, nearest_name(name, names)));
}

}  // namespace equinfo
