#include "report/embedding_result.h"

#include <algorithm>
#include <cctype>

#include "core/error.h"
#include "core/version.h"

namespace equinfo {
namespace {

ResultRow row_of(const EmbeddingResult& result, const Panel& panel, const Estimate& estimate) {
  return {.run = result.run,
          .file = result.file,
          .epoch = result.epoch,
          .layer = result.layer,
          .quantity = estimate.quantity,
          .estimator = panel.estimator,
          .kind = estimate.kind,
          .nats = estimate.nats,
          .ci_low = estimate.ci_low,
          .ci_high = estimate.ci_high,
          .ci_level = estimate.ci_low || estimate.ci_high ? std::optional(estimate.ci_level) : std::nullopt,
          .std_error = estimate.std_error,
          .p_value = estimate.p_value,
          .n = result.rows,
          .sources = result.sources,
          .d = result.dims,
          .classes = result.classes,
          .transforms = result.design.continuous_t ? std::nullopt : std::optional(result.transforms),
          .ceiling_nats = estimate.ceiling_nats,
          .flags = estimate.flags,
          .seed = result.seed,
          .version = version()};
}

}  // namespace

const Panel& EmbeddingResult::headline() const {
  require(!panels.empty(), "{}: nothing was measured", file);
  const auto best = std::find_if(panels.begin(), panels.end(), [](const Panel& p) { return p.estimator == "best"; });
  return best == panels.end() ? panels.front() : *best;
}

const Estimate* find_estimate(const Panel& panel, Quantity quantity) {
  const auto found = std::find_if(panel.estimates.begin(), panel.estimates.end(),
                                  [&](const Estimate& estimate) { return estimate.quantity == quantity; });
  return found == panel.estimates.end() ? nullptr : &*found;
}

const NullPart* null_of(const EmbeddingResult& result, std::size_t pid, PidPart part) {
  return pid < result.pid_nulls.size() ? &result.pid_nulls[pid].parts[static_cast<std::size_t>(part)] : nullptr;
}

std::string verdict_flag(VerdictLevel level) {
  std::string flag = fmt::format("verdict_{}", name_of(level));
  std::ranges::transform(flag, flag.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return flag;
}

std::vector<ResultRow> rows_of(const EmbeddingResult& result) {
  std::vector<ResultRow> rows;
  for (const auto& panel : result.panels) {
    const bool judged = result.verdict && &panel == &result.headline();
    for (const auto& estimate : panel.estimates) {
      rows.push_back(row_of(result, panel, estimate));
      if (judged) rows.back().flags.push_back(verdict_flag(result.verdict->level));
    }
  }
  return rows;
}

}  // namespace equinfo
