#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/hdf5_handle.h"

namespace equinfo::hdf5 {

/// Where an object really lies once external links are followed.
struct Location {
  std::filesystem::path file;
  std::string object;  ///< absolute path inside `file`
};

/// Follows the external links on the way to `object` (absolute). Links are looked up beside the file that holds them
/// and nowhere else: HDF5 itself also tries the working folder, where a file of another run may have the same name.
/// nullopt if there is no such object. Throws IoError if a link leads to a file that is missing or incomplete, to an
/// object that is missing, or in a circle.
std::optional<Location> resolve(const std::filesystem::path& file, const std::string& object);

/// Names of the links of a group, sorted.
std::vector<std::string> child_names(hid_t group, const std::string& where);

/// Throws IoError if a virtual dataset takes rows from a file or dataset that is missing: HDF5 would read zeros.
void require_virtual_sources(hid_t dataset, const std::filesystem::path& file, const std::string& where);

}  // namespace equinfo::hdf5
