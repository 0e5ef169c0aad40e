#include "bench/coverage_summary.h"

#include <map>

#include <fmt/format.h>

#include "bench/judged.h"
#include "core/error.h"
#include "report/csv.h"

namespace equinfo::bench {
namespace {

constexpr double kWidestRatio = 2.0;

/// What the replicates say of one quantity.
struct JudgedReplicates : Replicates {
  std::int64_t warned = 0;
};

CoverageLine line_of(const CoverageCase& test, Quantity quantity, const JudgedReplicates& replicates) {
  const double truth = truth_of(testing::ground_truth(test.problem), quantity);
  return {interval_statistics(replicates, truth, kTruthDigits), test, quantity, truth, replicates.warned};
}

std::string sample_text(const CoverageCase& test) {
  std::string text = fmt::format("{}, {} rows", test.problem, test.sample.rows);
  if (test.sample.rows_per_source > 1) text += fmt::format(", {} a source", test.sample.rows_per_source);
  if (test.sample.dims > 0) text += fmt::format(", d = {}", test.sample.dims);
  if (test.sample.warp) text += ", bent";
  return fmt::format("{}; {}", text, test.estimator_names());
}

std::string text_of(const CoverageLine& line) {
  return fmt::format("    {:<9} {:7.4f} {:9.4f} {:8.4f} {:8.4f} {:6.2f} {:5} of {}{}\n", symbol_of(line.quantity),
                     line.truth, line.mean_error, line.deviation, line.median_width, line.width_ratio(), line.covered,
                     line.replicates, line.fails() ? "  FAILS" : "");
}

}  // namespace

std::vector<CoverageLine> coverage_lines(std::string_view csv, const std::string& name) {
  std::map<std::pair<std::string, Quantity>, JudgedReplicates> found;
  const std::vector<CsvRecord> records = parse_csv(csv, name);
  for (std::size_t i = 1; i < records.size(); ++i) {
    const auto& fields = records[i].fields;
    require_file(fields.size() == 9, "{}: line {} has {} fields, not 9", name, records[i].line, fields.size());
    JudgedReplicates& replicates = found[{fields[0], quantity_named(fields[2])}];
    replicates.nats.push_back(std::stod(fields[3]));
    replicates.low.push_back(std::stod(fields[4]));
    replicates.high.push_back(std::stod(fields[5]));
    replicates.warned += fields[7] == "GREEN" ? 0 : 1;
  }
  std::vector<CoverageLine> lines;
  for (const CoverageCase& test : coverage_cases()) {
    for (const Quantity quantity : kJudged) {
      const auto it = found.find({test.name, quantity});
      if (it != found.end()) lines.push_back(line_of(test, quantity, it->second));
    }
  }
  return lines;
}

std::string coverage_csv(const std::vector<CoverageLine>& lines) {
  std::string csv =
      "case,problem,rows,rows_per_source,dims,estimators,adequate,quantity,truth,replicates,covered,warned,mean_error,"
      "std_deviation,median_width,width_ratio\n";
  for (const CoverageLine& line : lines) {
    const CoverageCase& test = line.test;
    csv += fmt::format("{},{},{},{},{},{},{},{},{:.4f},{},{},{},{:.5f},{:.5f},{:.5f},{:.3f}\n", test.name, test.problem,
                       test.sample.rows, test.sample.rows_per_source, test.sample.dims, test.estimator_names(),
                       test.adequate ? "yes" : "no", name_of(line.quantity), line.truth, line.replicates, line.covered,
                       line.warned, line.mean_error, line.deviation, line.median_width, line.width_ratio());
  }
  return csv;
}

std::string coverage_text(const std::vector<CoverageLine>& lines) {
  std::string text =
      "                 truth  mean err       sd    width  ratio   covered\n"
      "    (ratio: median width of the interval by 2 x 1.96 sd; at most 2 where the probe is adequate)\n";
  std::int64_t failing = 0, wide = 0;
  const std::string* last = nullptr;
  for (const CoverageLine& line : lines) {
    if (last == nullptr || *last != line.test.name) {
      text += fmt::format("\n{}: {}{}; warned in {} of {}\n", line.test.name, sample_text(line.test),
                          line.test.adequate ? "" : ", not adequate", line.warned, line.replicates);
    }
    last = &line.test.name;
    text += text_of(line);
    failing += line.fails() ? 1 : 0;
    wide += line.test.adequate && line.width_ratio() > kWidestRatio ? 1 : 0;
  }
  return text + fmt::format("\n{} lines: {} cover less than 178 of 200; {} adequate ones are wider than twice.\n",
                            lines.size(), failing, wide);
}

}  // namespace equinfo::bench
