#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace equinfo {

/// The candidate closest to a mistyped name by edit distance (ties: the first). Empty if there is no candidate.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace equinfo
