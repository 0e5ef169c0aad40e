#include "audit/caveats.h"

#include <algorithm>

#include <fmt/format.h>

namespace equinfo {

std::vector<std::string> caveats_of(const TransformAudit& audit) {
  std::vector<std::string> caveats;
  const auto has = [&](const char* flag) { return std::ranges::find(audit.flags, flag) != audit.flags.end(); };
  if (has("few_images")) {
    caveats.push_back(
        fmt::format("{} images are few: below {} intervals hold the truth less often than they say, and faint "
                    "signals are not found.",
                    audit.sources, kFewImages));
  }
  if (has("no_source")) {
    caveats.emplace_back(
        "The file has no /source: rows of one image count as independent, so that intervals are too narrow and "
        "probes are tested on images that they were trained on.");
  }
  if (has("negative_synergy")) {
    caveats.emplace_back("S lies below zero with its whole interval, which is the estimator's error.");
  }
  return caveats;
}

}  // namespace equinfo
