/// Do intervals come out as wide as planned? Three problems of known truth, measured at N rows, planned for 3 N and
/// measured there, over several seeds; prints CSV: problem, rows_per_source, sources, quantity, planned and realised
/// mean width at three times the sources, their ratio, and the share of seeds whose ratio lies within 30 %.
///
///     bench_planned_width > planned_width.csv              about a minute on one core

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "support/ground_truth.h"
#include "synergy/measure.h"
#include "synergy/plan.h"

using namespace equinfo;

namespace {

constexpr std::uint64_t kSeeds = 10;

struct Problem {
  std::string name;
  std::int64_t rows, rows_per_source;
};

Measurement measured(const Problem& problem, std::int64_t rows, std::uint64_t seed) {
  testing::SampleOptions options;
  options.rows = rows;
  options.rows_per_source = problem.rows_per_source;
  options.seed = seed;
  if (problem.rows_per_source > 1) options.source_correlation = 0.5;
  testing::Sample sample = testing::draw(problem.name, options);
  MeasureOptions measure_options;
  measure_options.estimators = {"lda"};
  return measure(std::move(sample.z), code_labels(sample.y, sample.t, sample.source), measure_options);
}

void report(const Problem& problem) {
  const std::int64_t sources = problem.rows / problem.rows_per_source;
  constexpr std::array kShown{Quantity::kZY,       Quantity::kZT,  Quantity::kZYGivenT,
                              Quantity::kZTGivenY, Quantity::kZYT, Quantity::kSynergy};
  std::array<double, kShown.size()> planned{}, realised{}, near{};
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Measurement now = measured(problem, problem.rows, 2 * seed);
    const Measurement later = measured(problem, 3 * problem.rows, 2 * seed + 1);
    for (std::size_t q = 0; q < kShown.size(); ++q) {
      const Estimate& estimate = later.panels.front().at(kShown[q]);
      const double width = estimate.ci_high.value() - estimate.ci_low.value();
      const double plan = planned_width(now.panels.front().at(kShown[q]), sources, 3.0);
      planned[q] += plan / kSeeds;
      realised[q] += width / kSeeds;
      near[q] += std::abs(plan / width - 1.0) < 0.3 ? 1.0 / kSeeds : 0.0;
    }
  }
  for (std::size_t q = 0; q < kShown.size(); ++q) {
    fmt::print("{},{},{},{},{:.4f},{:.4f},{:.3f},{:.1f}\n", problem.name, problem.rows_per_source, sources,
               name_of(kShown[q]), planned[q], realised[q], planned[q] / realised[q], near[q]);
  }
}

}  // namespace

int main() {
  fmt::print("problem,rows_per_source,sources,quantity,planned_nats,realised_nats,ratio,share_within_30_percent\n");
  report({"G05_mac_a2_b1", 1600, 4});
  report({"G11_cells10x4_A3", 2400, 1});
  report({"G09_sixnine_A2_b1", 1200, 2});
}
