// Every configuration and every run of every study in analysis/studies is one that essl-train takes.

#include <set>

#include "train/study_files.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

std::string text_of(const Study& study, const toml::table& run) {
  return config_as_toml(configuration(study, run), false);
}

}  // namespace

TEST_CASE("every configuration in analysis/studies can be read") {
  const auto files = study_files(".toml", ".study.toml");
  CHECK(files.size() >= 4);
  for (const auto& file : files) {
    CAPTURE(file.string());
    CHECK_NOTHROW(read_config(file, {}));
  }
}

TEST_CASE("every run of every study is accepted and differs from the others, and there are three seeds or more") {
  const auto files = study_files(".study.toml");
  CHECK(files.size() >= 16);
  for (const auto& file : files) {
    CAPTURE(file.string());
    const auto study = study_of(file);
    CHECK(study.seeds.size() >= 3);
    CHECK(study.runs.size() >= 2);
    std::set<std::string> names, configurations;
    for (const auto& entry : study.runs) {
      const auto& run = *entry.as_table();
      const auto name = run["name"].value_or(std::string());
      CAPTURE(name);
      names.insert(name);
      CHECK_NOTHROW(configurations.insert(text_of(study, run)));
    }
    CHECK(names.size() == study.runs.size());
    CHECK(configurations.size() == study.runs.size());
  }
}

TEST_CASE("a study's misspelt key, in [config] or a run, is found") {
  const auto study =
      study_of(toml::parse("like = \"objectives-fashion-mnist.study.toml\"\n[config.train]\nepochs = 2\n"));
  CHECK(text_of(study, toml::parse("set = [\"train.lr=0.5\"]")).find("epochs = 2\n") != std::string::npos);
  CHECK_THROWS_AS(configuration(study, toml::parse("set = [\"transform.name=vlfip\"]")), std::invalid_argument);
  const auto misspelt = study_of(toml::parse("base = \"demo.toml\"\n[config.train]\nepohcs = 2\n"));
  CHECK_THROWS_WITH_AS(configuration(misspelt, {}),
                       "--set: unknown key train.epohcs; the nearest known one is train.epochs", std::invalid_argument);
}
