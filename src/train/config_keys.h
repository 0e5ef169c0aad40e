#pragma once

#include <functional>
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "train/config.h"

namespace equinfo {

/// One key of the configuration: the only place that knows its name, meaning, range, default and field.
struct ConfigKey {
  std::string name;   ///< dotted, such as "train.lr"
  std::string doc;    ///< one line
  std::string range;  ///< in words, such as "an integer ≥ 1"
  /// Stores a value; `where` ("demo.toml:3") begins the message of std::invalid_argument if type or range are wrong.
  std::function<void(TrainConfig&, const toml::node&, const std::string& where)> set;
  /// The value as text that is both TOML and JSON.
  std::function<std::string(const TrainConfig&)> get;
};

const std::vector<ConfigKey>& config_keys();

}  // namespace equinfo
