#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dataset/dataset.h"

namespace equinfo {

using Bytes = std::vector<std::uint8_t>;

/// Images that still are files, in a folder or in memory, sorted into splits and classes.
class ImageSet {
 public:
  /// `origin` begins every message, such as the path of the folder or archive.
  explicit ImageSet(std::string origin) : origin_(std::move(origin)) {}

  /// Declares a class of a split, so that a folder without images is noticed.
  void add_class(Split split, const std::string& class_name);
  /// Adds a file `name` (for messages and order) whose bytes `read` returns when they are needed.
  void add_image(Split split, const std::string& class_name, const std::string& name, std::function<Bytes()> read);

  /// Decodes the images that the options choose. Fills everything but sha256 and name. Throws IoError as load_dataset.
  ImageDataset decode(Split split, const LoadOptions& options) const;

 private:
  struct Image {
    std::string name;
    std::function<Bytes()> read;
  };
  using Classes = std::map<std::string, std::vector<Image>>;

  const Classes& classes(Split split) const { return split == Split::kTrain ? train_ : test_; }
  Classes& classes(Split split) { return split == Split::kTrain ? train_ : test_; }
  void check_classes(Split split) const;

  std::string origin_;
  Classes train_, test_;
};

/// Whether a file beside the images is to be passed over: hidden files and notes (.txt, .csv, .json, .md, .xml).
bool is_side_file(const std::string& name);

}  // namespace equinfo
