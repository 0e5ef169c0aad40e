/// Do the audit's 95 % intervals hold the truth where images are made so that it is known?
///
///     bench_audit_coverage coverage.csv              100 replicates of every case of audit_cases.cpp
///     bench_audit_coverage coverage.csv 20 --case channel
///
/// Replicates go to coverage.replicates.csv, whole ones only: the same command goes on where it was stopped. From them
/// coverage.csv is made, one line a case and quantity, which is printed too.

#include <filesystem>
#include <map>

#include "bench/audit_cases.h"
#include "bench/interval_statistics.h"
#include "bench/resumable_csv.h"
#include "command_line.h"
#include "compute/parallel.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/progress.h"
#include "report/csv.h"

using namespace equinfo;
using namespace equinfo::bench;

namespace {

constexpr const char* kHeader = "case,replicate,view,quantity,nats,ci_low,ci_high";
constexpr double kTruthDigits = 5e-4;  // clipped grey levels; readings are no more exact than this

struct Arguments {
  std::string file;
  std::int64_t replicates = 100;
  int workers = 0;
  std::vector<std::string> cases;
};

std::string key_of(const AuditCase& test, std::int64_t replicate) { return fmt::format("{},{}", test.name, replicate); }

std::string measured(const AuditCase& test, std::int64_t replicate) {
  const TransformAudit audit = test.audit(static_cast<std::uint64_t>(1000 + replicate));
  std::string lines;
  for (const AuditTruth& truth : test.truths) {
    const Reading reading = reading_of(audit, truth);
    lines += fmt::format("{},{},{},{:.6f},{:.6f},{:.6f}\n", key_of(test, replicate), truth.view, truth.quantity,
                         reading.nats, reading.low, reading.high);
  }
  return lines;
}

using ReplicateTable = std::map<std::tuple<std::string, std::string, std::string>, Replicates>;

ReplicateTable read_replicates(const std::filesystem::path& path) {
  ReplicateTable found;
  const std::vector<CsvRecord> records = parse_csv(read_text(path), path.string());
  for (std::size_t i = 1; i < records.size(); ++i) {
    const auto& fields = records[i].fields;
    require_file(fields.size() == 7, "{}: line {} has {} fields, not 7", path.string(), records[i].line, fields.size());
    Replicates& replicates = found[{fields[0], fields[2], fields[3]}];
    replicates.nats.push_back(std::stod(fields[4]));
    replicates.low.push_back(std::stod(fields[5]));
    replicates.high.push_back(std::stod(fields[6]));
  }
  return found;
}

/// The table, one line a case and quantity.
std::string coverage_text(const ReplicateTable& found) {
  std::string text = "case,adequate,view,quantity,truth,replicates,covered,mean_error,std_deviation,median_width\n";
  for (const AuditCase& test : audit_cases()) {
    for (const AuditTruth& truth : test.truths) {
      const auto place = found.find({test.name, truth.view, truth.quantity});
      if (place == found.end()) continue;
      const IntervalStatistics line = interval_statistics(place->second, truth.value, kTruthDigits);
      text += fmt::format("{},{},{},{},{:.4f},{},{},{:.5f},{:.5f},{:.5f}\n", test.name, truth.adequate ? "yes" : "no",
                          truth.view, truth.quantity, truth.value, line.replicates, line.covered, line.mean_error,
                          line.deviation, line.median_width);
    }
  }
  return text;
}

void study(const Arguments& arguments) {
  const std::filesystem::path path = arguments.file;
  const std::filesystem::path replicates = std::filesystem::path(path).replace_extension(".replicates.csv");
  for (const std::string& name : arguments.cases) {
    require(std::ranges::find(audit_cases(), name, &AuditCase::name) != audit_cases().end(), "no such case: '{}'",
            name);
  }
  std::vector<std::string> keys;
  for (const AuditCase& test : audit_cases()) {
    for (std::int64_t r = 0; r < arguments.replicates; ++r) keys.push_back(key_of(test, r));
  }
  ResumableCsv file(replicates, kHeader, keys);
  std::vector<std::pair<const AuditCase*, std::int64_t>> open;
  for (std::int64_t r = 0; r < arguments.replicates; ++r) {  // an early look then sees a little of every case
    for (const AuditCase& test : audit_cases()) {
      const bool wanted =
          arguments.cases.empty() || std::ranges::find(arguments.cases, test.name) != arguments.cases.end();
      if (wanted && !file.has(key_of(test, r))) open.emplace_back(&test, r);
    }
  }
  Progress progress("coverage", static_cast<std::int64_t>(open.size()), "replicates");
  parallel_for(static_cast<std::int64_t>(open.size()), arguments.workers, [&](std::int64_t k) {
    const auto& [test, replicate] = open[static_cast<std::size_t>(k)];
    file.add(measured(*test, replicate));
    progress.advance();
  });
  const std::string text = coverage_text(read_replicates(replicates));
  write_file_atomically(path, text);
  fmt::print("{}", text);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Coverage of essl-audit's 95 % intervals on planted images.", "bench_audit_coverage");
  describe_program(app,
                   "  bench_audit_coverage coverage.csv                       minutes on two cores\n"
                   "  bench_audit_coverage look.csv 20 --case channel --case 'marked pairs'\n");
  Arguments arguments;
  app.add_option("FILE", arguments.file, "table to write; replicates go beside it")->required()->type_name("");
  app.add_option("REPLICATES", arguments.replicates, "samples of each case")->capture_default_str()->type_name("");
  app.add_option("--workers", arguments.workers, "replicates at a time (0: one a core)")->type_name("N");
  app.add_option("--case", arguments.cases, "only this case; may be repeated")->type_name("NAME");
  return run_program(app, argc, argv, [&] { study(arguments); });
}
