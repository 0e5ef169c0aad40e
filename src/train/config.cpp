#include "train/config.h"

#include <algorithm>
#include <list>
#include <map>

#include <fmt/ranges.h>
#include <toml++/toml.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/suggest.h"
#include "train/config_checks.h"
#include "train/config_keys.h"

namespace equinfo {
namespace {

constexpr const char* kCommandLine = "--set";
constexpr const char* kWeights = "the weights";

/// A value of the file or the command line, and where it stands.
struct Setting {
  const toml::node* value = nullptr;
  std::string where;
};

/// All settings by their dotted names, and the tables that own the values.
struct Settings {
  std::list<toml::table> tables;
  std::map<std::string, Setting> by_name;
};

/// Collects the leaves of a table under their dotted names; later ones win.
void collect(const toml::table& table, const std::string& prefix, const std::string& origin, Settings& settings) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      collect(*inner, name + ".", origin, settings);
    } else {
      const bool in_file = origin != kCommandLine && origin != kWeights;
      settings.by_name[name] = {&node, in_file ? fmt::format("{}:{}", origin, node.source().begin.line) : origin};
    }
  }
}

void collect(toml::table table, const std::string& origin, Settings& settings) {
  settings.tables.push_back(std::move(table));
  collect(settings.tables.back(), "", origin, settings);
}

toml::table parse_file(const std::filesystem::path& path) {
  std::error_code failure;
  require_file(std::filesystem::is_regular_file(path, failure), "{}: no such file", path.string());
  try {
    return toml::parse_file(path.string());
  } catch (const toml::parse_error& error) {
    throw IoError(fmt::format("{}:{}: not valid TOML: {}", path.string(), error.source().begin.line,
                              std::string(error.description())));
  }
}

/// A value on the command line is TOML, or else a text without its quotes.
toml::table parse_assignment(const std::string& name, const std::string& text) {
  try {
    return toml::parse(fmt::format("{} = {}", name, text));
  } catch (const toml::parse_error&) {
    try {
      return toml::parse(fmt::format("{} = {}", name, nlohmann::json(text).dump()));
    } catch (const toml::parse_error& error) {
      throw std::invalid_argument(fmt::format("--set {}={}: {}", name, text, std::string(error.description())));
    }
  }
}

void read_assignment(const std::string& assignment, const char* origin, Settings& settings) {
  const auto equals = assignment.find('=');
  require(equals != std::string::npos && equals > 0, "--set {}: must be key=value, such as train.epochs=3", assignment);
  collect(parse_assignment(assignment.substr(0, equals), assignment.substr(equals + 1)), origin, settings);
}

void check_names(const Settings& settings) {
  std::vector<std::string> known;
  for (const auto& key : config_keys()) known.push_back(key.name);
  for (const auto& [name, setting] : settings.by_name) {
    require(std::find(known.begin(), known.end(), name) != known.end(),
            "{}: unknown key {}; the nearest known one is {}", setting.where, name, nearest_name(name, known));
  }
}

/// Where one of these keys was set: on the command line if any was, since that came last.
std::string where_of(const Settings& settings, const std::string& file, const Keys& keys) {
  const auto is_here = [&](const auto& key) {
    const auto found = settings.by_name.find(key);
    return found != settings.by_name.end() && found->second.where == kCommandLine;
  };
  return file.empty() || std::any_of(keys.begin(), keys.end(), is_here) ? kCommandLine : file;
}

/// Keys that must be those of the weights an encoder is filled with; the rest is how it is used.
const std::vector<std::string> kFormKeys{"encoder.kind",  "encoder.width", "encoder.blocks",
                                         "encoder.stem",  "encoder.block", "encoder.match",
                                         "encoder.patch", "encoder.heads", "encoder.pool_first"};

/// What a preset decides, of group encoders without their widths: files tell those in another way.
std::vector<std::string> preset_keys(const TrainConfig& preset) {
  std::vector<std::string> keys{"encoder.kind", "encoder.blocks"};
  if (preset.encoder.kind == "resnet") keys.insert(keys.end(), {"encoder.width", "encoder.stem", "encoder.block"});
  if (preset.encoder.kind == "vit") keys.insert(keys.end(), {"encoder.width", "encoder.patch"});
  return keys;
}

std::string value_of(const std::string& name, const TrainConfig& config) {
  const auto& keys = config_keys();
  return std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.name == name; })->get(config);
}

TrainConfig read_values(const Settings& settings) {
  TrainConfig config;
  for (const auto& key : config_keys()) {
    const auto found = settings.by_name.find(key.name);
    if (found != settings.by_name.end()) key.set(config, *found->second.value, found->second.where);
  }
  return config;
}

/// What a preset sets.
TrainConfig preset_alone(const std::string& name) {
  Settings settings;
  read_assignment("encoder.preset=" + name, kWeights, settings);
  return read_values(settings);
}

/// The chosen encoder must be that of the weights, as far as they tell. `known`: their settings alone.
void check_known(const Settings& settings, const Settings& known, const TrainConfig& config) {
  if (known.by_name.empty()) return;
  const TrainConfig of_weights = read_values(known), of_preset = preset_alone(config.encoder_preset);
  const auto chosen = [&](const std::string& name) {
    const auto found = settings.by_name.find(name);
    return found != settings.by_name.end() && found->second.where != kWeights ? found->second.where : "";
  };
  const auto is_known = [&](const std::string& name) { return known.by_name.contains(name); };
  for (const auto& name : kFormKeys) {
    require(!is_known(name) || chosen(name).empty() || value_of(name, config) == value_of(name, of_weights),
            "{}: {} = {}, but these weights are of an encoder with {}", chosen(name), name, value_of(name, config),
            value_of(name, of_weights));
  }
  if (chosen("encoder.preset").empty()) return;
  for (const auto& name : preset_keys(of_preset)) {
    require(!is_known(name) || !chosen(name).empty() || value_of(name, of_preset) == value_of(name, of_weights),
            "{}: encoder.preset = \"{}\" means {} = {}, but these weights are of an encoder with {}",
            chosen("encoder.preset"), config.encoder_preset, name, value_of(name, of_preset),
            value_of(name, of_weights));
  }
}

}  // namespace

bool EpochChoice::contains(std::int64_t epoch, std::int64_t epochs) const {
  return all || std::any_of(list.begin(), list.end(),
                            [=](std::int64_t chosen) { return (chosen < 0 ? epochs + 1 + chosen : chosen) == epoch; });
}

EncoderOptions TrainConfig::encoder_for(const ImageShape& image) const {
  auto options = encoder;
  options.image = image;
  return options;
}

TrainConfig read_config(const std::filesystem::path& path, const std::vector<std::string>& assignments,
                        const std::vector<std::string>& known) {
  Settings settings, of_weights;
  for (const auto& assignment : known) {
    read_assignment(assignment, kWeights, settings);
    read_assignment(assignment, kWeights, of_weights);
  }
  if (!path.empty()) collect(parse_file(path), path.string(), settings);
  for (const auto& assignment : assignments) read_assignment(assignment, kCommandLine, settings);
  check_names(settings);
  const auto config = read_values(settings);
  check_known(settings, of_weights, config);
  check_together(config, [&](const Keys& keys) { return where_of(settings, path.string(), keys); });
  return config;
}

std::string config_as_toml(const TrainConfig& config, bool documented) {
  std::string text, section;
  for (const auto& key : config_keys()) {
    const auto [table, name] = split_name(key.name);
    if (table != section) text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", section = table);
    if (documented) text += fmt::format("# {}: {}\n", key.doc, key.range);
    text += fmt::format("{} = {}\n", name, key.get(config));
  }
  return text;
}

std::string config_as_json(const TrainConfig& config) {
  nlohmann::ordered_json json;
  for (const auto& key : config_keys()) {
    const auto [table, name] = split_name(key.name);
    json[table][name] = nlohmann::ordered_json::parse(key.get(config));
  }
  return json.dump();
}

std::string config_key_list() {
  const TrainConfig defaults;
  std::string text;
  for (const auto& key : config_keys()) {
    text += fmt::format("  {} = {}\n      {}: {}\n", key.name, key.get(defaults), key.doc, key.range);
  }
  return text;
}

std::optional<ConfigDifference> first_difference(const TrainConfig& first, const TrainConfig& second) {
  for (const auto& key : config_keys()) {
    if (key.get(first) != key.get(second)) return ConfigDifference{key.name, key.get(first), key.get(second)};
  }
  return std::nullopt;
}

}  // namespace equinfo
