/// Do 95 % intervals of the headline hold the truth in 95 of 100 samples, and are they no wider than they must be?
///
///     bench_coverage coverage.csv              200 replicates of every case of coverage_cases.cpp
///     bench_coverage coverage.csv 20 --case xor --case null
///
/// Replicates go to coverage.replicates.csv, whole ones only: the same command goes on where it was stopped. From them
/// coverage.csv is made, one line a case and quantity, and a summary is printed.

#include <cmath>
#include <filesystem>

#include "bench/coverage_cases.h"
#include "bench/coverage_summary.h"
#include "bench/judged.h"
#include "bench/replicate_study.h"
#include "bench/resumable_csv.h"
#include "core/atomic_file.h"
#include "core/error.h"

using namespace equinfo;
using namespace equinfo::bench;

namespace {

/// The lines of one replicate.
std::string measured(const CoverageCase& test, std::int64_t replicate) {
  testing::SampleOptions options = test.sample;
  options.seed = test.seed(replicate);
  testing::Sample sample = testing::draw(test.problem, options);
  const Labels labels = code_labels(sample.y, sample.t, sample.source);
  MeasureOptions measure_options;
  measure_options.threads = 1;
  if (!test.estimators.empty()) measure_options.estimators = test.estimators;
  const Measurement measurement = measure(std::move(sample.z), labels, measure_options);
  const Panel& best = measurement.panels.front();
  std::string lines;
  for (const Quantity quantity : kJudged) {
    const Estimate& estimate = best.at(quantity);
    lines += fmt::format("{},{},{},{:.6f},{:.6f},{:.6f},{},{},\"{}\"\n", test.name, replicate, name_of(quantity),
                         estimate.nats, estimate.ci_low.value(), estimate.ci_high.value(), name_of(estimate.kind),
                         name_of(measurement.verdict->level), detail_of(best, "chosen"));
  }
  return lines;
}

void study(const ReplicateStudy& asked) {
  const std::vector<CoverageCase> cases = coverage_cases();
  std::vector<std::string> names;
  for (const CoverageCase& test : cases) names.push_back(test.name);
  const auto path = run_replicates(asked, names, kReplicateHeader, [&](std::size_t which, std::int64_t replicate) {
    return measured(cases[which], replicate);
  });
  const std::vector<CoverageLine> lines = coverage_lines(read_text(path), path.string());
  write_file_atomically(asked.file, coverage_csv(lines));
  fmt::print("{}", coverage_text(lines));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Coverage and width of the headline's 95 % intervals on problems of known information.",
               "bench_coverage");
  describe_program(app,
                   "  bench_coverage coverage.csv                                    about an hour on two cores\n"
                   "  bench_coverage look.csv 20 --case xor --case 'variance code'\n");
  ReplicateStudy asked;
  asked.replicates = 200;
  declare(app, asked);
  return run_program(app, argc, argv, [&] { study(asked); });
}
