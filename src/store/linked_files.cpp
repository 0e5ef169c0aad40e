#include "store/linked_files.h"

#include <algorithm>

#include "core/error.h"
#include "store/array_container.h"

namespace equinfo {

std::vector<std::filesystem::path> linked_files(const std::filesystem::path& path, const DatasetNames& names) {
  std::vector<std::filesystem::path> files;
  try {
    const auto container = open_container(path);
    for (const auto& name : {names.z, names.y, names.t, names.source}) {
      const auto arrays = container->arrays_at(name);
      if (!arrays) continue;
      for (const auto& array : *arrays) {
        if (array.file != path && std::ranges::find(files, array.file) == files.end()) files.push_back(array.file);
      }
    }
  } catch (const IoError&) {
  }
  return files;
}

}  // namespace equinfo
