/// Are permutation p-values uniform where every information is zero? 500 replicates, with one row a source and
/// with four rows that are strongly alike; prints CSV: rows_per_source, quantity, ks_p_value, share_below_05.
///
///     bench_permutation_uniformity > uniformity.csv        about half a minute on one core

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "core/random.h"
#include "estimators/permutation_test.h"

using namespace equinfo;

namespace {

constexpr std::uint64_t kReplicates = 500;
constexpr int kPermutations = 19;
constexpr std::int64_t kDims = 4;

/// Z is noise around a place of each source, and tells nothing of 3 classes and 4 transformations in random order.
std::vector<PermutationTest> test_nothing(std::uint64_t replicate, std::int64_t rows_per_source) {
  const std::int64_t rows = rows_per_source == 1 ? 60 : 120;
  RandomStream stream(11, "nothing is known", replicate);
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
  options.seed = replicate;
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

void report(std::int64_t rows_per_source) {
  std::vector<std::vector<double>> spread(5);
  std::vector<int> below(5, 0);
  std::vector<Quantity> quantities(5);
  for (std::uint64_t r = 0; r < kReplicates; ++r) {
    RandomStream stream(r, "spread over the step of a discrete p-value");
    const auto tests = test_nothing(r, rows_per_source);
    for (std::size_t q = 0; q < tests.size(); ++q) {
      quantities[q] = tests[q].quantity;
      const double p = tests[q].p_value.value();
      spread[q].push_back(p - stream.uniform() / (kPermutations + 1));
      below[q] += p <= 0.05 + 1e-9 ? 1 : 0;
    }
  }
  for (std::size_t q = 0; q < spread.size(); ++q) {
    fmt::print("{},{},{:.4f},{:.3f}\n", rows_per_source, name_of(quantities[q]), uniformity(spread[q]),
               static_cast<double>(below[q]) / static_cast<double>(kReplicates));
  }
}

}  // namespace

int main() {
  fmt::print("rows_per_source,quantity,ks_p_value,share_below_05\n");
  report(1);
  report(4);
}
