#pragma once

#include <string>

#include "audit/audited_dataset.h"

namespace equinfo::page {

/// Every sweep of a report, colour by colour and augmentation by augmentation: what the image tells of T, what the
/// class adds and what the views tell alone, drawn over the strength, and the same as a table. Empty without sweeps.
std::string sweeps(const AuditReport& report);

}  // namespace equinfo::page
