#pragma once

#include <filesystem>
#include <vector>

#include "store/features_reader.h"

namespace equinfo {

/// The other files from which FeatureFile would read what it finds under these names in `path`: the shards of an index.
/// Nothing for a file that cannot be read, which FeatureFile will say. Cost: opens each of them.
std::vector<std::filesystem::path> linked_files(const std::filesystem::path& path, const DatasetNames& names = {});

}  // namespace equinfo
