// An image folder: train/<class>/… and test/<class>/…, JPEG or PNG.

#include <algorithm>
#include <fstream>

#include "core/error.h"
#include "core/sha256.h"
#include "dataset/format.h"
#include "dataset/image_set.h"
#include "dataset/threads.h"

namespace equinfo {
namespace {

namespace fs = std::filesystem;

Bytes read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  require_file(file.is_open(), "{}: cannot be opened", path.string());
  Bytes bytes(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  require_file(file.good() || bytes.empty(), "{}: cannot be read", path.string());
  return bytes;
}

bool is_image_folder(const fs::path& path) {
  std::error_code failure;
  return fs::is_directory(path / "train", failure) || fs::is_directory(path / "test", failure);
}

/// Adds the images of one class, at any depth below its folder, and their paths relative to `root`.
void add_class_folder(const fs::path& root, Split split, const fs::path& folder, ImageSet& set,
                      std::vector<std::string>& names) {
  const std::string class_name = folder.filename().string();
  set.add_class(split, class_name);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_directory() || is_side_file(entry.path().filename().string())) continue;
    const std::string name = fs::relative(entry.path(), root).generic_string();
    set.add_image(split, class_name, name, [path = entry.path()] { return read_bytes(path); });
    names.push_back(name);
  }
}

/// SHA-256 of the list that `sha256sum` prints for the images in the order of their names.
std::string digest_of(const fs::path& root, std::vector<std::string> names, int threads) {
  std::sort(names.begin(), names.end());
  std::vector<std::string> lines(names.size());
  for_each_index(static_cast<std::int64_t>(names.size()), threads, [&](std::int64_t i) {
    const auto& name = names[static_cast<std::size_t>(i)];
    lines[static_cast<std::size_t>(i)] = fmt::format("{}  {}\n", sha256_of_file(root / name), name);
  });
  std::string list;
  for (const auto& line : lines) list += line;
  return sha256_of_text(list);
}

ImageDataset load_image_folder(const fs::path& root, Split split, const LoadOptions& options) {
  ImageSet set(root.string());
  std::vector<std::string> names;
  for (const Split part : {Split::kTrain, Split::kTest}) {
    const fs::path folder = root / split_name(part);
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.is_directory() && !is_side_file(entry.path().filename().string())) {
        add_class_folder(root, part, entry.path(), set, names);
      }
    }
  }
  ImageDataset dataset = set.decode(split, options);
  dataset.sha256 = digest_of(root, std::move(names), options.threads);
  dataset.name = fs::canonical(root).filename().string();
  return dataset;
}

}  // namespace

const DatasetFormat dataset_formats::image_folder{"an image folder with train/<class>/ and test/<class>/",
                                                  is_image_folder, load_image_folder};

}  // namespace equinfo
