#pragma once

#include <string>
#include <vector>

#include "audit/audit.h"

namespace equinfo {

/// Below so many images intervals were seen to fall short of what they promise (README of this folder).
inline constexpr std::int64_t kFewImages = 400;

/// What is to be known of an audit before its verdict is believed, a sentence for each of its flags that needs one.
std::vector<std::string> caveats_of(const TransformAudit& audit);

}  // namespace equinfo
