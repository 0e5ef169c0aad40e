#pragma once

#include <string>

#include "audit/audited_dataset.h"

namespace equinfo {

/// The audit as one HTML page that needs nothing else: no network, no script. Pictures are PNG in data URIs, bars and
/// maps are inline SVG. Made for wide and narrow screens.
std::string audit_page(const AuditReport& report);

}  // namespace equinfo
