// Tiny-ImageNet-200 as it is distributed: wnids.txt names the classes, train/<class>/images/ holds theirs, and
// val/val_annotations.txt tells the class of each image in val/images/. Those are the held-out images; the images of
// test/ have no labels and are left alone.

#include <map>
#include <set>

#include "core/error.h"
#include "dataset/file_list.h"
#include "dataset/format.h"
#include "dataset/image_set.h"

namespace equinfo {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;
constexpr const char* kAnnotations = "val/val_annotations.txt";
constexpr const char* kHeldOut = "val/images";

bool is_tiny_imagenet(const fs::path& path) {
  std::error_code failure;
  return fs::is_regular_file(path / "wnids.txt", failure) && fs::is_directory(path / "train", failure);
}

std::set<std::string> read_classes(const fs::path& path) {
  std::set<std::string> classes;
  for (const auto& line : read_lines(path)) {
    require_file(line.empty() || classes.insert(line).second, "{}: names the class {} twice", path.string(), line);
  }
  return classes;
}

/// Names of the images in a folder of `root`, relative to `root`.
Names image_names(const fs::path& root, const std::string& folder) {
  require_file(fs::is_directory(root / folder), "{}: no folder {}", root.string(), folder);
  Names names;
  for (const auto& entry : fs::directory_iterator(root / folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() && !is_side_file(name)) names.push_back(folder + "/" + name);
  }
  return names;
}

void add_image(const fs::path& root, Split split, const std::string& class_name, const std::string& name,
               ImageSet& set) {
  set.add_image(split, class_name, name, [path = root / name] { return read_bytes(path); });
}

Names add_training_images(const fs::path& root, const std::set<std::string>& classes, ImageSet& set) {
  for (const auto& entry : fs::directory_iterator(root / "train")) {
    const std::string name = entry.path().filename().string();
    require_file(is_side_file(name) || classes.contains(name), "{}: train/{} is no class of wnids.txt", root.string(),
                 name);
  }
  Names all;
  for (const auto& class_name : classes) {
    set.add_class(Split::kTrain, class_name);
    for (const auto& name : image_names(root, "train/" + class_name + "/images")) {
      add_image(root, Split::kTrain, class_name, name, set);
      all.push_back(name);
    }
  }
  return all;
}

/// The class of each held-out image, from lines "val_0.JPEG <tab> n03444034 <tab> a box".
std::map<std::string, std::string> read_annotations(const fs::path& root, const std::set<std::string>& classes) {
  const fs::path path = root / kAnnotations;
  require_file(fs::is_regular_file(path), "{}: no {}, which tells the classes of the held-out images", root.string(),
               kAnnotations);
  std::map<std::string, std::string> class_of;
  std::size_t number = 0;
  for (const auto& line : read_lines(path)) {
    ++number;
    if (line.empty()) continue;
    const auto first = line.find('\t'), second = line.find('\t', first + 1);
    require_file(first != std::string::npos, "{}:{}: is not \"image, tab, class\"", path.string(), number);
    const std::string name = line.substr(0, first), class_name = line.substr(first + 1, second - first - 1);
    require_file(classes.contains(class_name), "{}:{}: {} is no class of wnids.txt", path.string(), number, class_name);
    require_file(class_of.emplace(name, class_name).second, "{}:{}: a second line about {}", path.string(), number,
                 name);
  }
  std::set<std::string> seen;
  for (const auto& [name, class_name] : class_of) seen.insert(class_name);
  for (const auto& name : classes)
    require_file(seen.contains(name), "{}: no image of the class {}", path.string(), name);
  return class_of;
}

Names add_heldout_images(const fs::path& root, const std::set<std::string>& classes, ImageSet& set) {
  const auto class_of = read_annotations(root, classes);
  const Names names = image_names(root, kHeldOut);
  for (const auto& class_name : classes) set.add_class(Split::kTest, class_name);
  for (const auto& name : names) {
    const auto found = class_of.find(fs::path(name).filename().string());
    require_file(found != class_of.end(), "{}: {} has no line in {}", root.string(), name, kAnnotations);
    add_image(root, Split::kTest, found->second, name, set);
  }
  require_file(names.size() == class_of.size(), "{}: {} images in {}, but {} lines in {}", root.string(), names.size(),
               kHeldOut, class_of.size(), kAnnotations);
  return names;
}

ImageDataset load_tiny_imagenet(const fs::path& root, Split split, const LoadOptions& options) {
  const auto classes = read_classes(root / "wnids.txt");
  ImageSet set(root.string());
  Names files = add_training_images(root, classes, set);
  const Names heldout = add_heldout_images(root, classes, set);
  files.insert(files.end(), heldout.begin(), heldout.end());
  files.emplace_back(kAnnotations);
  ImageDataset dataset = set.decode(split, options);
  dataset.sha256 = sha256_of_list(root, std::move(files), options.threads);
  dataset.name = "tiny-imagenet-200";
  return dataset;
}

}  // namespace

const DatasetFormat dataset_formats::tiny_imagenet{"Tiny-ImageNet-200's folder, with wnids.txt, train/ and val/",
                                                   is_tiny_imagenet, load_tiny_imagenet};

}  // namespace equinfo
