#pragma once

#include <span>

#include "dataset/dataset.h"

namespace equinfo {

/// A format of datasets: one source file implements it, and one line of the table in dataset.cpp makes it known.
struct DatasetFormat {
  const char* description;                               ///< what a path of this format looks like, for messages
  bool (*recognises)(const std::filesystem::path& path);  ///< by content; must not throw for a path that exists
  ImageDataset (*load)(const std::filesystem::path& path, Split split, const LoadOptions& options);
};

extern const DatasetFormat kIdxFolder;     // idx.cpp
extern const DatasetFormat kImageFolder;   // image_folder.cpp
extern const DatasetFormat kImageArchive;  // image_archive.cpp

}  // namespace equinfo
