#include "store/array_container.h"

#include <array>
#include <fstream>
#include <functional>
#include <numeric>
#include <string_view>

#include <fmt/ranges.h>

#include "core/error.h"

namespace equinfo {

std::int64_t element_bytes(ElementKind kind) {
  switch (kind) {
    case ElementKind::kFloat16:
      return 2;
    case ElementKind::kFloat32:
      return 4;
    default:
      return 8;
  }
}

std::int64_t ArrayInfo::row_elements() const {
  if (shape.empty()) return 0;
  return std::accumulate(shape.begin() + 1, shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::string ArrayInfo::shape_text() const { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::unique_ptr<ArrayContainer> open_container(const std::filesystem::path& path) {
  require_file(std::filesystem::exists(path), "{}: no such file", path.string());
  const bool is_folder = std::filesystem::is_directory(path);
  require_file(!is_folder || !std::filesystem::exists(path / "features.h5"),
               "{0}: is a folder; its file of features is {1}", path.string(), (path / "features.h5").string());
  require_file(!is_folder, "{}: is a folder, not a file of features", path.string());
  std::ifstream file(path, std::ios::binary);
  require_file(file.is_open(), "{}: cannot be opened for reading", path.string());
  std::array<char, 6> bytes{};
  file.read(bytes.data(), bytes.size());
  const std::string_view start(bytes.data(), static_cast<std::size_t>(file.gcount()));
  require_file(!start.empty(), "{}: is empty", path.string());
  require_file(start != "\x93NUMPY",
               "{}: is a single .npy array; z, y and t are needed: numpy.savez(file, z=z, y=y, t=t)", path.string());
  return start.starts_with("PK") ? open_npz_container(path) : open_hdf5_container(path);
}

}  // namespace equinfo
