#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dataset/dataset.h"

// What formats share that keep images and labels as rows of numbers.
namespace equinfo {

/// Throws IoError naming `path` unless its labels are of at least two classes.
void require_two_classes(const std::filesystem::path& path, const std::vector<std::int64_t>& labels);

/// "0", "1", … for classes without names.
std::vector<std::string> numbered_classes(std::int64_t count);

/// Keeps the images and labels that the options' limit chooses; dataset.class_names must be there already.
void keep_chosen_rows(const LoadOptions& options, ImageDataset& dataset);

}  // namespace equinfo
