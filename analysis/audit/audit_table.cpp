#include "audit/audit_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "audit/caveats.h"
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

/// A view whose share has a column of its own, and the column's head.
struct ViewColumn {
  const char *view, *head;
};

std::vector<ViewColumn> view_columns(const AuditReport& report) {
  if (report.of_features()) return {{"features", "unseen"}};
  return {{"level", "level"}, {"border", "border"}, {"frequency", "freq."}, {"surrogate", "surr."}};
}

std::vector<std::string> head_of(const AuditReport& report) {
  std::vector<std::string> cells{
      "T", report.of_features() ? "embedding" : "augmentation", "H(T)", "I(T;X)", "H(T|X)", "S", "interval of S"};
  if (report.channels == 0 && !report.of_features()) cells.insert(cells.begin() + 1, "colour");
  for (const ViewColumn& column : view_columns(report)) cells.emplace_back(column.head);
  if (!report.of_features()) cells.emplace_back("codec");
  cells.emplace_back("verdict");
  return cells;
}

std::vector<std::string> line_of(const AuditReport& report, const AuditEntry& entry) {
  const TransformAudit& audit = entry.audit;
  std::vector<std::string> cells{audit.transform,
                                 audit.augmentation,
                                 decimal(audit.entropy),
                                 decimal(audit.t_x.nats),
                                 decimal(audit.h_t_given_x.nats),
                                 decimal(audit.synergy.nats),
                                 fmt::format("[{}, {}]", decimal(audit.synergy.low), decimal(audit.synergy.high))};
  if (!entry.color.empty()) cells.insert(cells.begin() + 1, entry.color);
  for (const ViewColumn& column : view_columns(report)) cells.push_back(share_of(audit, column.view));
  if (!report.of_features()) cells.push_back(audit.coding_leak ? decimal(audit.coding_leak->nats) : "");
  cells.push_back(entry.verdict.verdict);
  return cells;
}

std::string legend_of(const AuditReport& report) {
  if (report.of_features())
    return "in nats, X being the features; unseen: the share of I(T;X) that carries over to unseen classes\n\n";
  return "in nats; level … surr.: share of I(T;X) that the view alone tells of images whose content it does not know;\n"
         "codec: what the files' own coding leaks of T\n\n";
}

std::string explanation_of(const AuditReport& report, const AuditEntry& entry) {
  const TransformVerdict& verdict = entry.verdict;
  std::string text = fmt::format("{}: {}. {}.", title_of(report, entry), verdict.verdict, verdict.evidence);
  text += " Would change: " + verdict.would_change + ".";
  if (verdict.verdict == "undecided") {
    text += verdict.images_needed ? fmt::format(" About {} images would settle it.", *verdict.images_needed)
                                  : " A thousand times as many images would not settle it.";
  }
  const std::string remedy = weakest_remedy(report, entry);
  if (!remedy.empty()) {
    text += fmt::format(" The weakest augmentation tried that takes the shortcut away: {}.", remedy);
  }
  return text;
}

}  // namespace

std::string audit_table(const AuditReport& report) {
  std::vector<std::vector<std::string>> cells{head_of(report)};
  for (const AuditEntry& entry : report.entries) cells.push_back(line_of(report, entry));
  std::string text = fmt::format("\n{} ({}) · {} images{} · {} classes\n\n", report.dataset, origin_of(report),
                                 report.images, shape_of(report), report.class_names.size());
  const std::string columns = cells.front()[1] == "colour" ? "lll" : "ll";
  text +=
      aligned(cells, columns + std::string(cells.front().size() - columns.size() - 1, 'r') + "l") + legend_of(report);
  for (const AuditEntry& entry : report.entries) {
    text += wrapped(words_of(explanation_of(report, entry)), " ", kWidth, "  ");
    for (const std::string& caveat : caveats_of(entry.audit)) {
      text += "  " + wrapped(words_of("WARNING: " + caveat), " ", kWidth - 2, "    ");
    }
  }
  return text;
}

}  // namespace equinfo
