#pragma once

#include <filesystem>
#include <string>

/// Eight or ten training and four held-out images of two classes, in a folder of each layout that the studies name.
class StudyDatasets {
 public:
  /// Writes them below `folder`.
  explicit StudyDatasets(const std::filesystem::path& folder);
  /// What stands in for a configuration's dataset.path: the one whose name it ends with.
  std::filesystem::path in_place_of(const std::string& path) const;

 private:
  std::filesystem::path folder_;
};
