#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "command_line.h"

namespace equinfo::bench {

/// A study of many replicates of several cases, as its program was asked for it.
struct ReplicateStudy {
  std::string file;  ///< table to write; the replicates go beside it, to FILE.replicates.csv
  std::int64_t replicates = 100;
  int workers = 0;                 ///< replicates at a time; 0: one a core
  std::vector<std::string> cases;  ///< only these; empty: all
};

/// FILE, REPLICATES, --workers and --case.
void declare(CLI::App& app, ReplicateStudy& study);

/// The lines of one replicate of a case, each beginning with "NAME,replicate,".
using MeasuredLines = std::function<std::string(std::size_t which, std::int64_t replicate)>;

/// Measures what the file of replicates does not hold yet, a replicate of every wanted case before the next, and
/// returns the file's path. `names` are those of all cases. Throws std::invalid_argument for an unknown one.
std::filesystem::path run_replicates(const ReplicateStudy& study, const std::vector<std::string>& names,
                                     const std::string& header, const MeasuredLines& measured);

}  // namespace equinfo::bench
