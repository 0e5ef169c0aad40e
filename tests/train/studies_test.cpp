// The project's own studies: a mistake in a configuration shows here, not hours later.

#include <filesystem>
#include <sstream>

#include <toml++/toml.h>

#include "train/config.h"

#include <doctest/doctest.h>

using namespace equinfo;
namespace fs = std::filesystem;

namespace {

const fs::path kStudies = EQUINFO_SOURCE_DIR "/analysis/studies";

/// Nested tables as assignments "a.b=value".
void flatten(const toml::table& table, const std::string& prefix, std::vector<std::string>& assignments) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      flatten(*inner, name + ".", assignments);
    } else {
      std::ostringstream text;
      node.visit([&](const auto& value) { text << value; });
      assignments.push_back(name + "=" + text.str());
    }
  }
}

/// What essl-train makes of one [[run]], as scripts/run-study calls it: its complaint, or nothing.
std::string complaint(const toml::table& study, const toml::table& run) {
  std::vector<std::string> assignments;
  if (const auto* common = study["config"].as_table()) flatten(*common, "", assignments);
  if (const auto* own = run["set"].as_array()) {
    for (const auto& text : *own) assignments.push_back(text.value_or(std::string()));
  }
  const auto base = study["base"].value<std::string>();
  try {
    read_config(base ? kStudies / *base : fs::path(), assignments);
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("every run of every study in analysis/studies has a configuration that is accepted") {
  int runs = 0;
  for (const auto& entry : fs::directory_iterator(kStudies)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".study.toml")) continue;
    const auto study = toml::parse_file(entry.path().string());
    const auto* list = study["run"].as_array();
    REQUIRE_MESSAGE(list != nullptr, name);
    for (const auto& run : *list) {
      CHECK_MESSAGE(complaint(study, *run.as_table()) == "", name);
      ++runs;
    }
  }
  CHECK(runs >= 8);
}

TEST_CASE("a study's misspelt key, in [config] or a run, is found") {
  const auto study =
      toml::parse("base = \"demo.toml\"\n[config.train]\nepochs = 2\n[[run]]\nset = [\"train.lr=0.5\"]\n");
  CHECK(complaint(study, *study["run"][0].as_table()) == "");
  const auto misspelt = toml::parse("base = \"demo.toml\"\n[config.train]\nepohcs = 2\n");
  CHECK(complaint(misspelt, {}) == "--set: unknown key train.epohcs; the nearest known one is train.epochs");
  CHECK(complaint(study, *toml::parse("set = [\"transform.name=vlfip\"]").as_table()) != "");
}
