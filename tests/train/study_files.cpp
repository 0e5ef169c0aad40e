#include "train/study_files.h"

#include <sstream>

namespace equinfo::testing {
namespace {

namespace fs = std::filesystem;

const fs::path kStudies = fs::path(EQUINFO_SOURCE_DIR) / "analysis/studies";

/// A table's leaves as "train.epochs=3".
void collect(const toml::table& table, const std::string& prefix, std::vector<std::string>& assignments) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      collect(*inner, name + ".", assignments);
    } else {
      std::stringstream value;
      node.visit([&](const auto& leaf) { value << leaf; });
      assignments.push_back(name + "=" + value.str());
    }
  }
}

}  // namespace

std::vector<fs::path> study_files(const std::string& ending, const std::string& but_not) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kStudies)) {
    const auto name = entry.path().filename().string();
    if (name.ends_with(ending) && !name.ends_with(but_not)) files.push_back(entry.path());
  }
  return files;
}

Study study_of(const toml::table& table) {
  Study study;
  if (const auto like = table["like"].value<std::string>()) study = study_of(kStudies / *like);
  study.base = table["base"].value_or(study.base);
  if (const auto* config = table["config"].as_table()) collect(*config, "", study.assignments);
  if (const auto* runs = table["run"].as_array()) study.runs = *runs;
  if (const auto* seeds = table["seeds"].as_array()) study.seeds = *seeds;
  return study;
}

Study study_of(const fs::path& file) { return study_of(toml::parse_file(file.string())); }

TrainConfig configuration(const Study& study, const toml::table& run, const std::vector<std::string>& further) {
  auto assignments = study.assignments;
  if (const auto* own = run["set"].as_array()) {
    for (const auto& text : *own) assignments.push_back(text.value_or(std::string()));
  }
  assignments.insert(assignments.end(), further.begin(), further.end());
  return read_config(kStudies / study.base, assignments);
}

}  // namespace equinfo::testing
