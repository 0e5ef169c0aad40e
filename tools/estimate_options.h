#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "report/estimate_files.h"
#include "report/output.h"

namespace equinfo {

/// What the command line of mi-estimate says.
struct EstimateArguments {
  EstimateJob job;
  OutputOptions output;
  std::string unit = "nats", pid_table;
  std::vector<std::string> by, groups;
  bool quiet = false;
  std::optional<double> memory;  ///< GB for copies of rows; default: half of what is available
};

/// Declares all options of mi-estimate, in the order of its help; parsing fills in the arguments, which must outlive
/// the app. What only several options together tell is OptionPairs' matter.
void declare_options(CLI::App& app, EstimateArguments& arguments);

}  // namespace equinfo
