// Every configuration and every run of every study in analysis/studies is one that essl-train takes.

#include <filesystem>
#include <set>
#include <sstream>

#include <toml++/toml.h>

#include "train/config.h"

#include <doctest/doctest.h>

using namespace equinfo;
namespace fs = std::filesystem;

namespace {

const fs::path kStudies = fs::path(EQUINFO_SOURCE_DIR) / "analysis/studies";

std::vector<fs::path> files_ending_in(const std::string& ending, const std::string& but_not = "/") {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kStudies)) {
    const auto name = entry.path().filename().string();
    if (name.ends_with(ending) && !name.ends_with(but_not)) files.push_back(entry.path());
  }
  return files;
}

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

struct Study {
  std::string base;
  std::vector<std::string> assignments;
  toml::array runs, seeds;
};

/// Own keys win over those of the study it is like.
Study study_of(const toml::table& table) {
  Study study;
  if (const auto like = table["like"].value<std::string>()) {
    study = study_of(toml::parse_file((kStudies / *like).string()));
  }
  study.base = table["base"].value_or(study.base);
  if (const auto* config = table["config"].as_table()) collect(*config, "", study.assignments);
  if (const auto* runs = table["run"].as_array()) study.runs = *runs;
  if (const auto* seeds = table["seeds"].as_array()) study.seeds = *seeds;
  return study;
}

/// What essl-train makes of a run, as scripts/run-study calls it. Throws what it complains of.
std::string configuration(const Study& study, const toml::table& run) {
  auto assignments = study.assignments;
  if (const auto* own = run["set"].as_array()) {
    for (const auto& text : *own) assignments.push_back(text.value_or(std::string()));
  }
  return config_as_toml(read_config(kStudies / study.base, assignments), false);
}

}  // namespace

TEST_CASE("every configuration in analysis/studies can be read") {
  const auto files = files_ending_in(".toml", ".study.toml");
  CHECK(files.size() >= 4);
  for (const auto& file : files) {
    CAPTURE(file.string());
    CHECK_NOTHROW(read_config(file, {}));
  }
}

TEST_CASE("every run of every study is accepted and differs from the others, and there are three seeds or more") {
  const auto files = files_ending_in(".study.toml");
  CHECK(files.size() >= 16);
  for (const auto& file : files) {
    CAPTURE(file.string());
    const auto study = study_of(toml::parse_file(file.string()));
    CHECK(study.seeds.size() >= 3);
    CHECK(study.runs.size() >= 2);
    std::set<std::string> names, configurations;
    for (const auto& entry : study.runs) {
      const auto& run = *entry.as_table();
      const auto name = run["name"].value_or(std::string());
      CAPTURE(name);
      names.insert(name);
      CHECK_NOTHROW(configurations.insert(configuration(study, run)));
    }
    CHECK(names.size() == study.runs.size());
    CHECK(configurations.size() == study.runs.size());
  }
}

TEST_CASE("a study's misspelt key, in [config] or a run, is found") {
  const auto study =
      study_of(toml::parse("like = \"objectives-fashion-mnist.study.toml\"\n[config.train]\nepochs = 2\n"));
  CHECK(configuration(study, toml::parse("set = [\"train.lr=0.5\"]")).find("epochs = 2\n") != std::string::npos);
  CHECK_THROWS_AS(configuration(study, toml::parse("set = [\"transform.name=vlfip\"]")), std::invalid_argument);
  const auto misspelt = study_of(toml::parse("base = \"demo.toml\"\n[config.train]\nepohcs = 2\n"));
  CHECK_THROWS_WITH_AS(configuration(misspelt, {}),
                       "--set: unknown key train.epohcs; the nearest known one is train.epochs", std::invalid_argument);
}
