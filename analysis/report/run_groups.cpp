#include "report/run_groups.h"

#include <glob.h>
#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/sha256.h"

namespace equinfo {
namespace {

namespace fs = std::filesystem;

bool is_pattern(const fs::path& path) {
  return path.string().find_first_of("*?[") != std::string::npos && !fs::exists(path);
}

/// The files that a shell pattern stands for, in order of their names; another name stands for itself.
std::vector<fs::path> expanded(const std::string& text) {
  if (!is_pattern(text)) return {text};
  glob_t found{};
  const int status = ::glob(text.c_str(), 0, nullptr, &found);
  std::vector<fs::path> files;
  if (status == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  require(!files.empty(), "'{}' stands for no file", text);
  return files;
}

NamedGroup named_group(const std::string& text) {
  const auto equals = text.find('=');
  require(
      equals != std::string::npos && equals > 0 && equals + 1 < text.size(),
      "--group '{}' is neither config nor folder nor NAME=FILE,FILE, such as --group 'mine=runs/mine-*/features.h5'",
      text);
  NamedGroup group{text.substr(0, equals), {}};
  for (std::size_t start = equals + 1; start <= text.size();) {
    const auto end = std::min(text.find(',', start), text.size());
    for (fs::path& file : expanded(text.substr(start, end - start))) group.files.push_back(std::move(file));
    start = end + 1;
  }
  return group;
}

std::string attribute(const FeatureFile& file, const std::string& name) {
  const auto found = file.attributes().find(name);
  return found == file.attributes().end() ? "" : found->second;
}

/// What all runs of one configuration have in common.
std::string configuration(const FeatureFile& file) {
  auto config = nlohmann::json::parse(attribute(file, "config"), nullptr, false);
  std::string sum = attribute(file, "config_sha256");
  if (config.is_object()) {
    if (config.contains("train") && config["train"].is_object()) config["train"].erase("seed");
    sum = sha256_of_text(config.dump());
  }
  require(!sum.empty(),
          "{}: has no attribute config, so its runs cannot be told by it; --group folder or --group NAME=FILE,FILE do "
          "without",
          file.path().string());
  return "config " + sum.substr(0, 8);
}

std::string folder_group(const FeatureFile& file) {
  const fs::path run = run_folder_of(file);
  const fs::path inside = run.empty() ? fs::absolute(file.path()).lexically_normal() : run;
  return inside.parent_path().filename().string();
}

std::string named_of(const FeatureFile& file, const GroupRule& rule) {
  for (const NamedGroup& group : rule.named) {
    if (std::ranges::find(group.files, file.path()) != group.files.end()) return group.name;
  }
  throw std::invalid_argument(fmt::format(
      "{}: is in no --group; the files of a group are one word with commas between them: --group NAME=FILE,FILE",
      file.path().string()));
}

void check_runs(const std::vector<FeatureFile>& files, const std::vector<std::string>& names, const GroupRule& rule) {
  std::map<std::string, std::map<std::string, std::string>> runs;  // of each group: the run, and the file seen first
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool by_seed = rule.kind == GroupRule::Kind::kConfig;
    const std::string path = files[i].path().string();
    const std::string run = by_seed ? "seed " + attribute(files[i], "seed") : fs::weakly_canonical(path).string();
    const auto [known, is_new] = runs[names[i]].try_emplace(run, path);
    require(is_new, "{} and {} are the same run{}: runs are pooled that differ by their seed", known->second, path,
            by_seed ? " (" + run + ")" : "");
  }
  const bool pooled = std::ranges::any_of(runs, [](const auto& group) { return group.second.size() > 1; });
  require(pooled, "--group: no two of the {} files are runs of one {}, so there is nothing to pool", files.size(),
          rule.kind == GroupRule::Kind::kConfig ? "configuration" : "group");
}

}  // namespace

GroupRule parse_groups(const std::vector<std::string>& texts, std::vector<fs::path>& files) {
  if (texts.empty()) return {};
  if (texts.size() == 1 && texts.front() == "config") return {GroupRule::Kind::kConfig};
  if (texts.size() == 1 && texts.front() == "folder") return {GroupRule::Kind::kFolder};
  GroupRule rule{GroupRule::Kind::kNamed};
  std::map<fs::path, std::string> group_of;
  for (const std::string& text : texts) {
    NamedGroup group = named_group(text);
    const auto taken = std::ranges::find(rule.named, group.name, &NamedGroup::name);
    require(taken == rule.named.end(), "--group: there are two groups named '{}'", group.name);
    for (const fs::path& file : group.files) {
      const auto [known, is_new] = group_of.try_emplace(file, group.name);
      require(is_new, "--group: {} stands in '{}' and again in '{}'", file.string(), known->second, group.name);
      if (std::ranges::find(files, file) == files.end()) files.push_back(file);
    }
    rule.named.push_back(std::move(group));
  }
  return rule;
}

GroupRule groups_of_patterns(std::vector<fs::path>& files) {
  if (files.size() != 2 || std::ranges::none_of(files, is_pattern)) return {};
  std::vector<std::string> texts;
  for (const fs::path& file : files) texts.push_back(fmt::format("{}={}", file.string(), file.string()));
  files.clear();
  return parse_groups(texts, files);
}

std::vector<std::string> group_names(const std::vector<FeatureFile>& files, const GroupRule& rule) {
  std::vector<std::string> names;
  for (const FeatureFile& file : files) {
    names.push_back(rule.kind == GroupRule::Kind::kConfig   ? configuration(file)
                    : rule.kind == GroupRule::Kind::kFolder ? folder_group(file)
                    : rule.kind == GroupRule::Kind::kNamed  ? named_of(file, rule)
                                                            : "");
  }
  if (rule.kind != GroupRule::Kind::kNone) check_runs(files, names, rule);
  return names;
}

void require_two_groups(const std::vector<std::string>& names) {
  std::map<std::string, int> runs;
  for (const std::string& name : names) ++runs[name];
  std::vector<std::string> groups;
  for (const auto& [name, count] : runs) groups.push_back(fmt::format("{} ({} runs)", name, count));
  const bool several = std::ranges::all_of(runs, [](const auto& group) { return group.second > 1; });
  require(runs.size() == 2 && several, "a comparison over runs takes two groups of at least two runs, not {}",
          fmt::join(groups, ", "));
}

fs::path run_folder_of(const FeatureFile& file) {
  if (attribute(file, "schema").empty()) return {};
  const auto folder = fs::absolute(file.path()).lexically_normal().parent_path();
  return folder.filename() == "features" ? folder.parent_path() : folder;
}

}  // namespace equinfo
