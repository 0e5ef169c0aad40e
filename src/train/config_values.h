#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "train/config_keys.h"

/// How values of a configuration are read from TOML, written as text and checked against their range.
namespace equinfo {

/// What a value must fulfil, in words and as a test.
template <class T>
struct Rule {
  std::string words;
  std::function<bool(const T&)> holds;
};

inline Rule<std::int64_t> integer_from(std::int64_t lowest,
                                       std::int64_t highest = std::numeric_limits<std::int64_t>::max()) {
  const bool open = highest == std::numeric_limits<std::int64_t>::max();
  return {open ? fmt::format("an integer ≥ {}", lowest) : fmt::format("an integer in {} … {}", lowest, highest),
          [=](const std::int64_t& value) { return value >= lowest && value <= highest; }};
}

/// A number in [lowest, highest], or in (lowest, highest] if `above`.
inline Rule<double> number_from(double lowest, double highest, bool above = false) {
  return {fmt::format("a number {} {} and ≤ {}", above ? ">" : "≥", lowest, highest),
          [=](const double& value) { return (above ? value > lowest : value >= lowest) && value <= highest; }};
}

inline Rule<std::string> one_of(std::vector<std::string> names) {
  std::string words = "one of";
  for (const auto& name : names) words += fmt::format("{} \"{}\"", &name == &names.front() ? "" : ",", name);
  return {words, [=](const std::string& value) { return std::find(names.begin(), names.end(), value) != names.end(); }};
}

template <class T>
Rule<std::vector<T>> list_of(Rule<T> element, std::size_t least, std::size_t most, const std::string& note = "") {
  const std::string count = least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most);
  return {fmt::format("a list of {} values{}, each {}", count, note, element.words), [=](const std::vector<T>& values) {
            return values.size() >= least && values.size() <= most &&
                   std::all_of(values.begin(), values.end(), element.holds);
          }};
}

inline bool read_value(const toml::node& node, std::string& value) {
  if (const auto* text = node.as_string()) return value = text->get(), true;
  return false;
}
inline bool read_value(const toml::node& node, bool& value) {
  if (const auto* flag = node.as_boolean()) return value = flag->get(), true;
  return false;
}
inline bool read_value(const toml::node& node, std::int64_t& value) {
  if (const auto* integer = node.as_integer()) return value = integer->get(), true;
  return false;
}
inline bool read_value(const toml::node& node, double& value) {
  if (const auto* number = node.as_floating_point()) return value = number->get(), true;
  if (const auto* integer = node.as_integer()) return value = static_cast<double>(integer->get()), true;
  return false;
}
template <class T>
bool read_value(const toml::node& node, std::vector<T>& values) {
  const auto* array = node.as_array();
  if (array == nullptr) return false;
  values.assign(array->size(), T{});
  for (std::size_t i = 0; i < array->size(); ++i) {
    if (!read_value((*array)[i], values[i])) return false;
  }
  return true;
}
inline bool read_value(const toml::node& node, EpochChoice& value) {
  value = {};
  std::string name;
  if (!read_value(node, name)) return read_value(node, value.list);
  value.all = name == "all";
  if (name == "last") value.list = {-1};
  return value.all || name == "last";
}

inline std::string value_text(const std::string& value) { return nlohmann::json(value).dump(); }
inline std::string value_text(bool value) { return value ? "true" : "false"; }
inline std::string value_text(std::int64_t value) { return fmt::format("{}", value); }
inline std::string value_text(double value) {
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}
template <class T>
std::string value_text(const std::vector<T>& values) {
  std::string text;
  for (const auto& value : values) text += fmt::format("{}{}", text.empty() ? "" : ", ", value_text(value));
  return "[" + text + "]";
}
inline std::string value_text(const EpochChoice& value) { return value.all ? "\"all\"" : value_text(value.list); }

/// What a node of TOML holds, for messages.
inline std::string node_text(const toml::node& node) {
  std::ostringstream text;
  if (const auto* number = node.as_floating_point()) {
    text << fmt::format("{}", number->get());  // TOML's own printing gives −0.1 seventeen digits
  } else {
    node.visit([&](const auto& value) { text << value; });
  }
  return text.str();
}

/// A key whose value is stored in the field that `field(config)` refers to.
template <class Field, class T>
ConfigKey config_key(std::string name, std::string doc, Field field, Rule<T> rule) {
  ConfigKey key{name, std::move(doc), rule.words, {}, {}};
  key.set = [=](TrainConfig& config, const toml::node& node, const std::string& where) {
    T value{};
    require(read_value(node, value) && rule.holds(value), "{}: {} = {}, but it must be {}", where, name,
            node_text(node), rule.words);
    field(config) = std::move(value);
  };
  key.get = [=](const TrainConfig& config) { return value_text(T(field(config))); };
  return key;
}

}  // namespace equinfo
