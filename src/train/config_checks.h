#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "train/config.h"

namespace equinfo {

using Keys = std::vector<std::string>;
/// Where one of these keys was set, for messages: "--set", or the file.
using WhereOf = std::function<std::string(const Keys&)>;

/// "train.lr" → {"train", "lr"}.
std::pair<std::string, std::string> split_name(const std::string& name);

/// Throws std::invalid_argument naming two keys whose values contradict each other, or one that lacks another.
void check_together(const TrainConfig& config, const WhereOf& where_of);

}  // namespace equinfo
