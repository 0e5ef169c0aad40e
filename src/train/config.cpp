#include "train/config.h"

#include <algorithm>
#include <list>
#include <map>

#include <fmt/ranges.h>
#include <toml++/toml.h>
#include <nlohmann/json.hpp>

#include "augment/augment.h"
#include "core/error.h"
#include "core/suggest.h"
#include "train/config_keys.h"

namespace equinfo {
namespace {

constexpr const char* kCommandLine = "--set";

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
      const bool command_line = origin == kCommandLine;
      settings.by_name[name] = {&node, command_line ? origin : fmt::format("{}:{}", origin, node.source().begin.line)};
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

void read_assignment(const std::string& assignment, Settings& settings) {
  const auto equals = assignment.find('=');
  require(equals != std::string::npos && equals > 0, "--set {}: must be key=value, such as train.epochs=3", assignment);
  collect(parse_assignment(assignment.substr(0, equals), assignment.substr(equals + 1)), kCommandLine, settings);
}

void check_names(const Settings& settings) {
  std::vector<std::string> known;
  for (const auto& key : config_keys()) known.push_back(key.name);
  for (const auto& [name, setting] : settings.by_name) {
    require(std::find(known.begin(), known.end(), name) != known.end(),
            "{}: unknown key {}; the nearest known one is {}", setting.where, name, nearest_name(name, known));
  }
}

/// "train.lr" → {"train", "lr"}.
std::pair<std::string, std::string> split_name(const std::string& name) {
  const auto dot = name.find('.');
  return {name.substr(0, dot), name.substr(dot + 1)};
}

void check_dump(const TrainConfig& config, const std::string& origin) {
  const auto layers = layer_names(config.encoder);
  for (const auto& layer : config.dump.layers) {
    require(std::find(layers.begin(), layers.end(), layer) != layers.end(),
            "{}: dump.layers names \"{}\", but this encoder's layers are {}", origin, layer, fmt::join(layers, ", "));
    require(std::count(config.dump.layers.begin(), config.dump.layers.end(), layer) == 1,
            "{}: dump.layers names \"{}\" twice", origin, layer);
  }
  const auto epochs = config.train.epochs;
  for (const auto epoch : config.dump.epochs.list) {
    require(epoch >= -epochs - 1 && epoch <= epochs, "{}: dump.epochs names {}, but epochs are 0 … {}", origin, epoch,
            epochs);
  }
}

/// What the chosen objective needs of the rest.
void check_needs(const TrainConfig& config, const std::string& origin) {
  const auto& options = config.objective;
  const auto needs = find_objective(options.name).needs(options);
  require(options.class_hidden == 0 || needs.class_head,
          "{}: objective.class_hidden = {}, but there is no class head without objective.add_class or eliminate_class",
          origin, options.class_hidden);
  const bool several = std::any_of(needs.views.begin(), needs.views.end(), [](const View& v) { return v.draw > 0; });
  require(!several || find_augment(config.augment.name).random,
          "{}: objective.name = \"{}\" compares several augmentations of an image, but augment.name = \"{}\" makes "
          "them equal{}",
          origin, options.name, config.augment.name, options.name == "care" ? "; or set objective.alignment = 0" : "");
  const auto batch = config.train.batch;
  require(needs.groups == 0 || (batch % needs.groups == 0 && batch / needs.groups >= 2),
          "{}: objective.groups = {} must cut train.batch = {} into equal parts of at least 2 images", origin,
          needs.groups, batch);
}

/// A number that the chosen objective does not read would be without effect.
void check_objective(const TrainConfig& config, const std::string& origin) {
  const auto& options = config.objective;
  require(options.add_class == 0 || options.eliminate_class == 0,
          "{}: objective.add_class = {} and objective.eliminate_class = {} contradict each other", origin,
          options.add_class, options.eliminate_class);
  require(options.alignment + options.uniformity + options.equivariance > 0,
          "{}: objective.alignment, uniformity and equivariance are all 0, so there is nothing to learn", origin);
  const TrainConfig defaults;
  const auto& objective = find_objective(config.objective.name);
  for (const auto& key : config_keys()) {
    const auto [table, name] = split_name(key.name);
    if (table != "objective" || name == "name" || key.get(config) == key.get(defaults)) continue;
    require(std::find(objective.keys.begin(), objective.keys.end(), name) != objective.keys.end(),
            "{}: {} = {}, but objective.name = \"{}\" has no use for it", origin, key.name, key.get(config),
            objective.name);
  }
  check_needs(config, origin);
}

void check_together(const TrainConfig& config, const std::string& origin) {
  const auto& train = config.train;
  require(!config.dataset.path.empty(), "{}: dataset.path is missing", origin);
  require(config.dataset.mean.size() == config.dataset.std.size(),
          "{}: dataset.mean has {} values, but dataset.std has {}", origin, config.dataset.mean.size(),
          config.dataset.std.size());
  require(!train.nesterov || train.momentum > 0, "{}: train.nesterov needs train.momentum > 0", origin);
  require(train.schedule != "step" || !train.milestones.empty(),
          "{}: train.schedule = \"step\" needs train.milestones, such as [60, 120, 160]", origin);
  require(std::is_sorted(train.milestones.begin(), train.milestones.end()), "{}: train.milestones must ascend", origin);
  require(train.batch % train.accumulate == 0 && train.batch / train.accumulate >= 2,
          "{}: train.batch = {} cannot be cut into train.accumulate = {} equal parts of at least 2 images", origin,
          train.batch, train.accumulate);
  require(train.accumulate == 1 || !find_objective(config.objective.name).needs(config.objective).couples_images,
          "{}: train.accumulate = {}, but objective.name = \"{}\" compares the images of a whole batch", origin,
          train.accumulate, config.objective.name);
  check_objective(config, origin);
  check_dump(config, origin);
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
  Settings settings;
  for (const auto& assignment : known) read_assignment(assignment, settings);
  if (!path.empty()) collect(parse_file(path), path.string(), settings);
  for (const auto& assignment : assignments) read_assignment(assignment, settings);
  check_names(settings);
  TrainConfig config;
  for (const auto& key : config_keys()) {
    const auto found = settings.by_name.find(key.name);
    if (found != settings.by_name.end()) key.set(config, *found->second.value, found->second.where);
  }
  check_together(config, path.empty() ? kCommandLine : path.string());
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
