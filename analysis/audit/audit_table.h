#pragma once

#include <string>

#include "audit/audited_dataset.h"

namespace equinfo {

/// What a person sees on the terminal: one line a transformation and augmentation, then each verdict with its evidence.
std::string audit_table(const AuditReport& report);

/// The same as JSON, with everything that was measured.
std::string audit_json(const AuditReport& report);

}  // namespace equinfo
