#include "audit/audit_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "report/text_columns.h"

namespace equinfo {
namespace {

constexpr int kWidth = 118;

std::string share_of(const TransformAudit& audit, const std::string& name) {
  const auto view = std::ranges::find(audit.views, name, &ViewAudit::view);
  if (view == audit.views.end()) return "";
  if (view->share) return decimal(view->share->nats, 2);
  return std::ranges::find(view->flags, "no_transfer_test") != view->flags.end() ? "?" : "–";
}

std::vector<std::string> line_of(const AuditEntry& entry) {
  const TransformAudit& audit = entry.audit;
  std::vector<std::string> cells{audit.transform,
                                 audit.augmentation,
                                 decimal(audit.entropy),
                                 decimal(audit.t_x.nats),
                                 decimal(audit.h_t_given_x.nats),
                                 decimal(audit.synergy.nats),
                                 fmt::format("[{}, {}]", decimal(audit.synergy.low), decimal(audit.synergy.high))};
  for (const char* view : {"level", "border", "frequency", "surrogate"}) cells.push_back(share_of(audit, view));
  cells.push_back(audit.coding_leak ? decimal(audit.coding_leak->nats) : "");
  cells.push_back(entry.verdict.verdict);
  return cells;
}

std::string explanation_of(const AuditReport& report, const AuditEntry& entry) {
  const TransformVerdict& verdict = entry.verdict;
  std::string text = fmt::format("{}{}: {}. {}.", entry.audit.transform,
                                 entry.audit.augmentation == "none" ? "" : " under " + entry.audit.augmentation,
                                 verdict.verdict, verdict.evidence);
  text += " Would change: " + verdict.would_change + ".";
  if (verdict.verdict == "undecided") {
    text += verdict.images_needed ? fmt::format(" About {} images would settle it.", *verdict.images_needed)
                                  : " A thousand times as many images would not settle it.";
  }
  const std::string remedy = weakest_remedy(report, entry.audit.transform);
  if (entry.audit.augmentation == "none" && !remedy.empty()) {
    text += fmt::format(" The weakest augmentation tried that takes the shortcut away: {}.", remedy);
  }
  return text;
}

}  // namespace

std::string audit_table(const AuditReport& report) {
  std::vector<std::vector<std::string>> cells{{"T", "augmentation", "H(T)", "I(T;X)", "H(T|X)", "S", "interval of S",
                                               "level", "border", "freq.", "surr.", "codec", "verdict"}};
  for (const AuditEntry& entry : report.entries) cells.push_back(line_of(entry));
  std::string text =
      fmt::format("\n{} ({}, {}) · {} images of {} × {} × {} · {} classes\n\n", report.dataset, report.split,
                  report.color, report.images, report.channels, report.height, report.width, report.class_names.size());
  text += aligned(cells, "llrrrrrrrrrrl");
  text +=
      "in nats; level … surr.: share of I(T;X) that the view alone tells of images whose content it does not know;\n"
      "codec: what the files' own coding leaks of T\n\n";
  for (const AuditEntry& entry : report.entries) {
    text += wrapped(words_of(explanation_of(report, entry)), " ", kWidth, "  ");
  }
  return text;
}

}  // namespace equinfo
