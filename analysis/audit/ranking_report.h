#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "audit/ranking.h"

namespace equinfo {

/// Where a page of an audit takes the section on its ranking: between these two, which stand there from the start.
inline constexpr std::string_view kRankingBegin = "<!-- ranking -->", kRankingEnd = "<!-- /ranking -->";

/// audit.html with a section on how S before training and the linear probe after it agree: a figure of both over the
/// training seeds, the rank correlation and a table. Takes the place of an earlier such section. Throws IoError naming
/// `path` where the page has no place for one.
std::string page_with_ranking(const std::string& page, const RankAgreement& agreement,
                              const std::filesystem::path& path);

/// audit.json with the same as its member "ranking". Throws IoError naming `path` for what is no JSON object.
std::string json_with_ranking(const std::string& json, const RankAgreement& agreement,
                              const std::filesystem::path& path);

}  // namespace equinfo
