#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "store/features_reader.h"

namespace equinfo {

/// Files put together by hand, as runs of one thing.
struct NamedGroup {
  std::string name;
  std::vector<std::filesystem::path> files;
};

/// How runs that differ by their training seed are told from other runs.
struct GroupRule {
  enum class Kind { kNone, kConfig, kFolder, kNamed };
  Kind kind = Kind::kNone;
  std::vector<NamedGroup> named{};  ///< for kNamed
};

/// Reads what --group was given: "config", "folder", or some "NAME=FILE,FILE" whose files may be shell patterns; those
/// files are added to `files` if they are not there yet. Throws std::invalid_argument for anything else, for a pattern
/// without files, for two groups of one name and for a file of two groups.
GroupRule parse_groups(const std::vector<std::string>& texts, std::vector<std::filesystem::path>& files);

/// For a comparison of two arguments of which one at least is a shell pattern that the shell was kept from expanding
/// ('a*/features.h5'): a group of each, named by the argument. `files` becomes the files. Nothing else changes.
GroupRule groups_of_patterns(std::vector<std::filesystem::path>& files);

/// The group of each file. kConfig: files whose root attribute `config` (JSON) agrees but for train.seed, else whose
/// `config_sha256` agrees; the name begins with "config ". kFolder: files of one folder, or (of our trainer) run
/// folders of one folder. Throws std::invalid_argument if a file has neither attribute, if a run stands twice in a
/// group (the same file; for kConfig the same seed), or if no group has two runs.
std::vector<std::string> group_names(const std::vector<FeatureFile>& files, const GroupRule& rule);

/// Throws std::invalid_argument unless the names, one a file, are those of two groups of at least two runs each.
void require_two_groups(const std::vector<std::string>& names);

/// The folder of a run of our trainer: RUN for RUN/features.h5 and for RUN/features/epoch_0007.h5; empty for others.
std::filesystem::path run_folder_of(const FeatureFile& file);

}  // namespace equinfo
