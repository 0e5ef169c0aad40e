/// Are permutation p-values uniform where every information is zero? 500 replicates a seed, with one row a source and
/// with four rows that are strongly alike. CSV: seed, rows_per_source, quantity, replicates, ks_p_value (Kolmogorov and
/// Smirnov's test that they are uniform), share_below_05; several seeds are also told together, as seed "all".
///
///     bench_permutation_uniformity [FIRST_SEED=11] [SEEDS=1]        about half a minute a seed on one core
///
/// Of the ten lines of a seed one in ten times one lies below .01 by chance alone: then other seeds decide.

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "compute/parallel.h"
#include "core/random.h"
#include "estimators/permutation_test.h"

using namespace equinfo;

namespace {

constexpr std::uint64_t kReplicates = 500;
constexpr int kPermutations = 19;
constexpr std::int64_t kDims = 4;

/// Z is noise around a place of each source, and tells nothing of 3 classes and 4 transformations in random order.
std::vector<PermutationTest> test_nothing(std::uint64_t seed, std::uint64_t replicate, std::int64_t rows_per_source) {
  const std::int64_t rows = rows_per_source == 1 ? 60 : 120;
  RandomStream stream(seed, "nothing is known", replicate);
  std::vector<std::int64_t> y, t, source;
  std::vector<double> place(static_cast<std::size_t>(kDims), 0.0);
  Matrix<float> z(rows, kDims);
  for (std::int64_t i = 0; i < rows; ++i) {
    const bool first = i % rows_per_source == 0;
    for (double& x : place) x = first ? 3.0 * stream.normal() : x;
    for (std::int64_t j = 0; j < kDims; ++j) {
      z(i, j) = static_cast<float>(place[static_cast<std::size_t>(j)] + stream.normal());
    }
    y.push_back(first ? stream.below(3) : y.back());
    t.push_back(rows_per_source == 1 ? stream.below(4) : i % 4);
    source.push_back(i / rows_per_source);
  }
  PermutationTestOptions options;
  options.permutations = kPermutations;
  options.seed = seed * kReplicates + replicate;
  options.threads = 1;
  return permutation_tests(z, code_labels(y, t, source), options);
}

/// Kolmogorov–Smirnov p-value of uniformity on [0, 1], asymptotic with Stephens' correction.
double uniformity(std::vector<double> values) {
  std::ranges::sort(values);
  const auto n = static_cast<double>(values.size());
  double distance = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto rank = static_cast<double>(i);
    distance = std::max({distance, (rank + 1.0) / n - values[i], values[i] - rank / n});
  }
  const double x = (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * distance;
  double p = 0.0;
  for (int k = 1; k < 100; ++k) p += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * x * x);
  return std::min(1.0, p);
}

constexpr std::size_t kTests = 5;

/// p-values of one design, quantity by quantity: as they are, and spread over the step of a discrete p-value.
struct PValues {
  std::array<Quantity, kTests> quantities;
  std::array<std::vector<double>, kTests> raw, spread;

  void append(const PValues& other) {
    quantities = other.quantities;
    for (std::size_t q = 0; q < kTests; ++q) {
      raw[q].insert(raw[q].end(), other.raw[q].begin(), other.raw[q].end());
      spread[q].insert(spread[q].end(), other.spread[q].begin(), other.spread[q].end());
    }
  }
};

PValues p_values(std::uint64_t seed, std::int64_t rows_per_source) {
  std::vector<std::vector<PermutationTest>> tests(kReplicates);
  parallel_for(kReplicates, 0, [&](std::int64_t r) {
    tests[static_cast<std::size_t>(r)] = test_nothing(seed, static_cast<std::uint64_t>(r), rows_per_source);
  });
  PValues values;
  for (std::uint64_t r = 0; r < kReplicates; ++r) {
    RandomStream stream(seed * kReplicates + r, "spread over the step of a discrete p-value");
    for (std::size_t q = 0; q < kTests; ++q) {
      values.quantities[q] = tests[r][q].quantity;
      values.raw[q].push_back(tests[r][q].p_value.value());
      values.spread[q].push_back(values.raw[q].back() - stream.uniform() / (kPermutations + 1));
    }
  }
  return values;
}

void report(const std::string& seed, std::int64_t rows_per_source, const PValues& values) {
  for (std::size_t q = 0; q < kTests; ++q) {
    const auto below = std::ranges::count_if(values.raw[q], [](double p) { return p <= 0.05 + 1e-9; });
    const std::size_t replicates = values.raw[q].size();
    fmt::print("{},{},{},{},{:.4f},{:.3f}\n", seed, rows_per_source, name_of(values.quantities[q]), replicates,
               uniformity(values.spread[q]), static_cast<double>(below) / static_cast<double>(replicates));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t first = argc > 1 ? std::stoull(argv[1]) : 11, seeds = argc > 2 ? std::stoull(argv[2]) : 1;
  fmt::print("seed,rows_per_source,quantity,replicates,ks_p_value,share_below_05\n");
  for (const std::int64_t rows_per_source : {1, 4}) {
    PValues all;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
      const PValues values = p_values(seed, rows_per_source);
      report(std::to_string(seed), rows_per_source, values);
      all.append(values);
    }
    if (seeds > 1) report("all", rows_per_source, all);
  }
}
