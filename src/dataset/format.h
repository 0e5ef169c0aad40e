#pragma once

#include "dataset/dataset.h"

// The table of formats, one line each, in the order in which they are tried: `NAME` stands for the constant
// `const DatasetFormat NAME` of NAME.cpp.
#define EQUINFO_DATASET_FORMATS(line) \
  line(idx) line(cifar10) line(cifar100) line(tiny_imagenet) line(image_folder) line(image_archive)

namespace equinfo {

/// How a format of datasets is recognised and read.
struct DatasetFormat {
  const char* description;                                ///< what a path of this format looks like, for messages
  bool (*recognises)(const std::filesystem::path& path);  ///< by content; must not throw for a path that exists
  ImageDataset (*load)(const std::filesystem::path& path, Split split, const LoadOptions& options);
  bool has_coarse_labels = false;
};

namespace dataset_formats {

#define EQUINFO_DECLARE(name) extern const DatasetFormat name;
EQUINFO_DATASET_FORMATS(EQUINFO_DECLARE)
#undef EQUINFO_DECLARE

}  // namespace dataset_formats
}  // namespace equinfo
