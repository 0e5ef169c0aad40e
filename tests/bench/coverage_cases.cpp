#include "bench/coverage_cases.h"

#include <limits>

#include <fmt/ranges.h>

#include "core/random.h"

namespace equinfo::bench {
namespace {

using Options = testing::SampleOptions;

std::vector<CoverageCase> make_cases() {
  return {
      // One dimension, few rows: where nothing is difficult.
      {"additive", "G05_mac_a2_b1", Options{.rows = 1000}, {}},
      // No label alone tells anything.
      {"xor", "G03_xor_A2", Options{.rows = 2000, .dims = 64, .rotate = true}, {}},
      // Nothing to see, and in the next two next to nothing. Such estimates hardly scatter, since what cannot be
      // learned reads zero; an interval that holds what may hide there is wider than the scatter says.
      {"null", "G16_null", Options{.rows = 2000, .dims = 64, .rotate = true}, {}, false},
      {"faint interaction", "H02_xor_A0.15", Options{.rows = 1000, .dims = 64, .rotate = true}, {}, false},
      {"faint effects",
       "H03_disent_onehot_10+4_A0.25",
       Options{.rows = 2000, .rows_per_source = 4, .source_correlation = 0.5, .dims = 64, .rotate = true},
       {},
       false},
      // Rows of one source share nine tenths of their noise.
      {"clustered", "G17_cluster_icc0.9", Options{.rows = 2000, .rows_per_source = 4}, {}},
      // 40 cells of 50 rows, four strongly alike rows a source: the learning curve still rises by a tenth, and an
      // interval that allows for the rest of it is wide.
      {"clustered cells",
       "G11_cells10x4_A3",
       Options{.rows = 2000, .rows_per_source = 4, .source_correlation = 0.5, .dims = 64, .rotate = true},
       {},
       false},
      // Ten classes of which the rarest has 1/30 of the rows.
      {"imbalanced", "H01_zipf10_A3", Options{.rows = 2000}, {}},
      // 64 cells of 31 rows: likewise.
      {"modular sum", "G04_modsum_m8_A3", Options{.rows = 2000, .dims = 16, .rotate = true}, {}, false},
      {"many dimensions", "G09_sixnine_A2_b1", Options{.rows = 2000, .dims = 256, .rotate = true}, kFastEstimators},
      {"dependent labels", "G15_dep0.8_mac_a1_b1", Options{.rows = 2000, .dims = 16, .rotate = true}, {}},
      {"variance code", "G14a_var_d8_Y", Options{.rows = 2000}, {}},
      // No probe of the ladder has the shape of this one.
      {"bent", "G06_disent", Options{.rows = 2000, .dims = 16, .rotate = true, .warp = true}, {}, false},
      // The closed-form probe alone, on what it cannot represent, with neighbours for a second opinion.
      {"heavy tails by lda", "G07_t3_mac", Options{.rows = 2000}, kFastEstimators, false},
      {"variance code by lda", "G14a_var_d8_Y", Options{.rows = 2000}, kFastEstimators, false},
  };
}

}  // namespace

std::string CoverageCase::estimator_names() const {
  return estimators.empty() ? "all" : fmt::format("{}", fmt::join(estimators, "+"));
}

std::uint64_t CoverageCase::seed(std::int64_t replicate) const {
  RandomStream stream(1, name, static_cast<std::uint64_t>(replicate));
  return static_cast<std::uint64_t>(stream.below(std::numeric_limits<std::int32_t>::max()));
}

const std::vector<CoverageCase>& coverage_cases() {
  static const std::vector<CoverageCase> cases = make_cases();
  return cases;
}

}  // namespace equinfo::bench
