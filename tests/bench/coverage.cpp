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
#include "bench/resumable_csv.h"
#include "command_line.h"
#include "compute/parallel.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/progress.h"

using namespace equinfo;
using namespace equinfo::bench;

namespace {

struct Arguments {
  std::string file;
  std::int64_t replicates = 200;
  int workers = 0;
  std::vector<std::string> cases;
};

std::string key_of(const CoverageCase& test, std::int64_t replicate) {
  return fmt::format("{},{}", test.name, replicate);
}

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
    lines += fmt::format("{},{},{:.6f},{:.6f},{:.6f},{},{},\"{}\"\n", key_of(test, replicate), name_of(quantity),
                         estimate.nats, estimate.ci_low.value(), estimate.ci_high.value(), name_of(estimate.kind),
                         name_of(measurement.verdict->level), detail_of(best, "chosen"));
  }
  return lines;
}

std::vector<CoverageCase> wanted_cases(const Arguments& arguments) {
  std::vector<CoverageCase> wanted;
  for (const CoverageCase& test : coverage_cases()) {
    if (arguments.cases.empty() || std::ranges::find(arguments.cases, test.name) != arguments.cases.end()) {
      wanted.push_back(test);
    }
  }
  require(arguments.cases.empty() || wanted.size() == arguments.cases.size(), "no such case: '{}'",
          arguments.cases.empty() ? "" : arguments.cases.front());
  return wanted;
}

void study(const Arguments& arguments) {
  const std::filesystem::path path = arguments.file;
  const std::filesystem::path replicates = std::filesystem::path(path).replace_extension(".replicates.csv");
  std::vector<std::string> keys;
  std::vector<std::pair<CoverageCase, std::int64_t>> open;
  for (const CoverageCase& test : coverage_cases()) {
    for (std::int64_t r = 0; r < arguments.replicates; ++r) keys.push_back(key_of(test, r));
  }
  ResumableCsv file(replicates, kReplicateHeader, keys);
  for (std::int64_t r = 0; r < arguments.replicates; ++r) {  // an early look then sees a little of every case
    for (const CoverageCase& test : wanted_cases(arguments)) {
      if (!file.has(key_of(test, r))) open.emplace_back(test, r);
    }
  }
  Progress progress("coverage", static_cast<std::int64_t>(open.size()), "replicates");
  parallel_for(static_cast<std::int64_t>(open.size()), arguments.workers, [&](std::int64_t k) {
    const auto& [test, replicate] = open[static_cast<std::size_t>(k)];
    file.add(measured(test, replicate));
    progress.advance();
  });
  const std::vector<CoverageLine> lines = coverage_lines(read_text(replicates), replicates.string());
  write_file_atomically(path, coverage_csv(lines));
  fmt::print("{}", coverage_text(lines));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Coverage and width of the headline's 95 % intervals on problems of known information.",
               "bench_coverage");
  describe_program(app,
                   "  bench_coverage coverage.csv                                    about an hour on two cores\n"
                   "  bench_coverage look.csv 20 --case xor --case 'variance code'\n");
  Arguments arguments;
  app.add_option("FILE", arguments.file, "table to write; replicates go beside it")->required()->type_name("");
  app.add_option("REPLICATES", arguments.replicates, "samples of each case")->capture_default_str()->type_name("");
  app.add_option("--workers", arguments.workers, "replicates at a time (0: one a core)")->type_name("N");
  app.add_option("--case", arguments.cases, "only this case; may be repeated")->type_name("NAME");
  return run_program(app, argc, argv, [&] { study(arguments); });
}
