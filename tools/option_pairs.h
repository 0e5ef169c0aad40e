#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "estimators/joint_probe.h"
#include "report/estimate_files.h"
#include "report/output.h"

namespace equinfo {

/// What a command line of mi-estimate asks for, where only several options together tell whether it makes sense.
/// Whatever one option would leave without effect is a mistake: nobody types it for nothing.
class OptionPairs {
 public:
  OptionPairs(const CLI::App& app, const EstimateJob& job, const OutputOptions& output, bool quiet)
      : app_(app), job_(job), output_(output), quiet_(quiet) {}

  /// Throws CLI::ParseError for the first mistake there is.
  void check() const {
    if (given("--pid-table")) return check_pid_table();
    if (!given("FILE") && !given("--group")) throw CLI::RequiredError("FILE");
    if (quiet_ && output_.csv.empty() && output_.json.empty() && output_.details.empty()) {
      throw CLI::ValidationError("--quiet", "needs --csv, --json or --details, or nothing would come out");
    }
    refuse(quiet_ && given("--unit"), "--unit", "is for the table, which --quiet leaves out; files are in nats");
    refuse(given("--fast") && given("--estimators"), "--fast", "is a choice of --estimators; give one of the two");
    refuse(given("--pid-null") && !given("--pid"), "--pid-null", "is the null of --pid, which is missing");
    check_estimators();
    for (const char* option : {"--by", "--top-rows"}) check_shown(option, false);
    for (const char* option : {"--pid", "--plan", "--power"}) check_shown(option, true);
  }

 private:
  bool given(const std::string& option) const { return app_.count(option) > 0; }

  static void refuse(bool mistaken, const std::string& option, const std::string& words) {
    if (mistaken) throw CLI::ValidationError(option, words);
  }

  /// A table of probabilities has no rows to measure.
  void check_pid_table() const {
    constexpr std::array<std::string_view, 4> kAllowed{"--pid-table", "--details", "--unit", "--quiet"};
    for (const CLI::Option* option : app_.get_options()) {
      const bool allowed = std::ranges::find(kAllowed, option->get_name()) != kAllowed.end();
      refuse(option->count() > 0 && !allowed, "--pid-table", fmt::format("takes no {}", option->get_name()));
    }
    refuse(quiet_ && output_.details.empty(), "--quiet", "needs --details, or nothing would come out");
  }

  /// Options of estimators that nobody asked for.
  void check_estimators() const {
    std::vector<std::string> probes;
    for (const ProbeKind& kind : probe_kinds()) probes.push_back(kind.name);
    check_needed("--repeats", probes);
    check_needed("--knn-k", {"knn", "knn_own", "knn_logits"});
    check_needed("--knn-dims", {"knn", "knn_own"});
    for (const char* option : {"--knn-engine", "--knn-subsamples", "--anchors"}) check_needed(option, {"knn"});
    if (job_.measure.device == DeviceChoice::kCuda) check_needed("--device", {"logistic"});
    for (const char* option : {"--codewords", "--entropy"}) check_needed(option, {"quantized"});
  }

  void check_needed(const std::string& option, const std::vector<std::string>& estimators) const {
    const auto asked = [&](const std::string& name) { return std::ranges::find(estimators, name) != estimators.end(); };
    refuse(given(option) && std::ranges::none_of(job_.measure.estimators, asked), option,
           fmt::format("needs {} among the estimators", fmt::join(estimators, " or ")));
  }

  /// What stands in the table of a single embedding, if there is one, and in files.
  void check_shown(const std::string& option, bool in_json) const {
    const std::string without = quiet_ ? "--quiet" : job_.compare ? "--compare" : given("--group") ? "--group" : "";
    const bool in_file = !output_.details.empty() || (in_json && !output_.json.empty());
    refuse(given(option) && !without.empty() && !in_file, option,
           fmt::format("would not be seen, since {} shows no table of a single embedding: add --details{}", without,
                       in_json ? " or --json" : ""));
  }

  const CLI::App& app_;
  const EstimateJob& job_;
  const OutputOptions& output_;
  bool quiet_;
};

}  // namespace equinfo
