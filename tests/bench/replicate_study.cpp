#include "bench/replicate_study.h"

#include <algorithm>

#include "bench/resumable_csv.h"
#include "compute/parallel.h"
#include "core/error.h"
#include "core/progress.h"

namespace equinfo::bench {
namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

void declare(CLI::App& app, ReplicateStudy& study) {
  app.add_option("FILE", study.file, "table to write; replicates go beside it")->required()->type_name("");
  app.add_option("REPLICATES", study.replicates, "samples of each case")->capture_default_str()->type_name("");
  app.add_option("--workers", study.workers, "replicates at a time (0: one a core)")->type_name("N");
  app.add_option("--case", study.cases, "only this case; may be repeated")->type_name("NAME");
}

std::filesystem::path run_replicates(const ReplicateStudy& study, const std::vector<std::string>& names,
                                     const std::string& header, const MeasuredLines& measured) {
  for (const std::string& name : study.cases) require(holds(names, name), "no such case: '{}'", name);
  const auto key = [&](std::size_t which, std::int64_t r) { return fmt::format("{},{}", names[which], r); };
  std::vector<std::string> keys;
  for (std::size_t which = 0; which < names.size(); ++which) {
    for (std::int64_t r = 0; r < study.replicates; ++r) keys.push_back(key(which, r));
  }
  const auto path = std::filesystem::path(study.file).replace_extension(".replicates.csv");
  ResumableCsv file(path, header, keys);
  std::vector<std::pair<std::size_t, std::int64_t>> open;
  for (std::int64_t r = 0; r < study.replicates; ++r) {  // an early look then sees a little of every case
    for (std::size_t which = 0; which < names.size(); ++which) {
      const bool wanted = study.cases.empty() || holds(study.cases, names[which]);
      if (wanted && !file.has(key(which, r))) open.emplace_back(which, r);
    }
  }
  Progress progress("coverage", static_cast<std::int64_t>(open.size()), "replicates");
  parallel_for(static_cast<std::int64_t>(open.size()), study.workers, [&](std::int64_t k) {
    const auto& [which, replicate] = open[static_cast<std::size_t>(k)];
    file.add(measured(which, replicate));
    progress.advance();
  });
  return path;
}

}  // namespace equinfo::bench
