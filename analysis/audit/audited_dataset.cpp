#include "audit/audited_dataset.h"

#include <algorithm>

#include <fmt/format.h>

namespace equinfo {

AuditReport side_by_side(std::vector<AuditReport> reports) {
  if (reports.size() == 1) return std::move(reports.front());
  AuditReport all = reports.front();
  all.entries.clear();
  all.channels = 0;
  all.color.clear();
  for (const AuditReport& report : reports) all.color += (all.color.empty() ? "" : ", ") + report.color;
  std::vector<std::string> names;
  for (const AuditEntry& entry : reports.front().entries) {
    if (std::ranges::find(names, entry.audit.transform) == names.end()) names.push_back(entry.audit.transform);
  }
  for (const std::string& name : names) {
    for (AuditReport& report : reports) {
      for (AuditEntry& entry : report.entries) {
        if (entry.audit.transform != name) continue;
        entry.color = report.color;
        all.entries.push_back(std::move(entry));
      }
    }
  }
  return all;
}

std::string dataset_of(const AuditReport& report, const AuditEntry& entry) {
  return entry.color.empty() ? report.dataset : fmt::format("{} ({})", report.dataset, entry.color);
}

std::string title_of(const AuditReport& report, const AuditEntry& entry) {
  const TransformAudit& audit = entry.audit;
  std::string title = audit.transform;
  if (!entry.color.empty()) title += " in " + entry.color;
  if (report.of_features()) return title + " in " + audit.augmentation;
  return audit.augmentation == "none" ? title : title + " under " + audit.augmentation;
}

std::string origin_of(const AuditReport& report) {
  return report.split.empty() ? report.color : report.split + ", " + report.color;
}

std::string shape_of(const AuditReport& report) {
  if (report.of_features()) return {};
  if (report.channels == 0) return fmt::format(" of {} × {}", report.height, report.width);
  return fmt::format(" of {} × {} × {}", report.channels, report.height, report.width);
}

std::string weakest_remedy(const AuditReport& report, const AuditEntry& entry) {
  if (report.of_features() || entry.audit.augmentation != "none" || entry.verdict.shortcut_views.empty()) return {};
  for (const AuditEntry& other : report.entries) {
    if (other.audit.transform != entry.audit.transform || other.color != entry.color) continue;
    // An augmentation that hides T altogether is no remedy.
    const bool hides = other.verdict.verdict.starts_with("too ambiguous");
    if (other.audit.augmentation != "none" && other.verdict.shortcut_views.empty() && !hides) {
      return other.audit.augmentation;
    }
  }
  return {};
}

}  // namespace equinfo
