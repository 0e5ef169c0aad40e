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
#include "bench/replicate_study.h"
#include "bench/resumable_csv.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "report/csv.h"

using namespace equinfo;
using namespace equinfo::bench;

namespace {

constexpr const char* kHeader = "case,replicate,view,quantity,nats,ci_low,ci_high";
constexpr std::int64_t kFewestImages = 20;
constexpr double kTruthDigits = 5e-4;  // clipped grey levels; readings are no more exact than this

struct Arguments {
  ReplicateStudy study;
  std::int64_t images = 400;
};

std::string measured(const AuditCase& test, std::int64_t images, std::int64_t replicate) {
  const TransformAudit audit = test.audit(images, static_cast<std::uint64_t>(1000 + replicate));
  std::string lines;
  for (const AuditTruth& truth : test.truths) {
    const Reading reading = reading_of(audit, truth);
    lines += fmt::format("{},{},{},{},{:.6f},{:.6f},{:.6f}\n", test.name, replicate, truth.view, truth.quantity,
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
  require(arguments.images >= kFewestImages && arguments.images % 4 == 0,
          "--images {}: the cases are of four classes with as many images each, {} at least", arguments.images,
          kFewestImages);
  std::vector<std::string> names;
  for (const AuditCase& test : audit_cases()) names.push_back(test.name);
  const auto path = run_replicates(arguments.study, names, kHeader, [&](std::size_t which, std::int64_t replicate) {
    return measured(audit_cases()[which], arguments.images, replicate);
  });
  const std::string text = coverage_text(read_replicates(path));
  write_file_atomically(arguments.study.file, text);
  fmt::print("{}", text);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Coverage of essl-audit's 95 % intervals on planted images.", "bench_audit_coverage");
  describe_program(app,
                   "  bench_audit_coverage coverage.csv                       minutes on two cores\n"
                   "  bench_audit_coverage look.csv 20 --case channel --case 'marked pairs'\n");
  Arguments arguments;
  declare(app, arguments.study);
  app.add_option("--images", arguments.images, "of each sample; a table is of one number")
      ->capture_default_str()
      ->type_name("N");
  return run_program(app, argc, argv, [&] { study(arguments); });
}
