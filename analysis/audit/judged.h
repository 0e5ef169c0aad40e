#pragma once

#include "audit/audit.h"
#include "audit/rules.h"

namespace equinfo {

/// The verdict on what was measured.
TransformVerdict judge(const TransformAudit& audit);

}  // namespace equinfo
