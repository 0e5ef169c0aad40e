// An image folder: train/<class>/… and test/<class>/…, JPEG or PNG.

#include "dataset/file_list.h"
#include "dataset/format.h"
#include "dataset/image_set.h"

namespace equinfo {
namespace {

namespace fs = std::filesystem;

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
  dataset.sha256 = sha256_of_list(root, std::move(names), options.threads);
  dataset.name = fs::canonical(root).filename().string();
  return dataset;
}

}  // namespace

const DatasetFormat dataset_formats::image_folder{"an image folder with train/<class>/ and test/<class>/",
                                                  is_image_folder, load_image_folder};

}  // namespace equinfo
