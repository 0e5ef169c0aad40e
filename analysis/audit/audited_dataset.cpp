#include "audit/audited_dataset.h"

namespace equinfo {

std::string weakest_remedy(const AuditReport& report, const std::string& transform) {
  bool has_shortcut = false;
  for (const AuditEntry& entry : report.entries) {
    if (entry.audit.transform != transform) continue;
    if (entry.audit.augmentation == "none") has_shortcut = !entry.verdict.shortcut_views.empty();
    // An augmentation that hides T altogether is no remedy.
    const bool hides = entry.verdict.verdict.starts_with("too ambiguous");
    if (has_shortcut && entry.verdict.shortcut_views.empty() && !hides) return entry.audit.augmentation;
  }
  return {};
}

}  // namespace equinfo
