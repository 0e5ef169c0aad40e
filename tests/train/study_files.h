#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "train/config.h"

/// The files of analysis/studies, as scripts/run-study reads them.
namespace equinfo::testing {

/// Files of that folder whose name has this ending, and not the other one.
std::vector<std::filesystem::path> study_files(const std::string& ending, const std::string& but_not = "/");

struct Study {
  std::string base;
  std::vector<std::string> assignments;
  toml::array runs, seeds;
};

/// Own keys win over those of the study it is like.
Study study_of(const toml::table& table);
Study study_of(const std::filesystem::path& file);

/// What essl-train makes of a run, as scripts/run-study calls it, with further assignments. Throws what it complains
/// of.
TrainConfig configuration(const Study& study, const toml::table& run, const std::vector<std::string>& further = {});

}  // namespace equinfo::testing
