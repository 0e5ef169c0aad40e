// CIFAR-100's binary version: train.bin and test.bin, a superclass and a class in front of each image.

#include "dataset/cifar_records.h"
#include "dataset/format.h"

namespace equinfo {
namespace {

const CifarLayout& layout() {
  static const CifarLayout kLayout{"cifar100",
                                   {"train.bin"},
                                   {"test.bin"},
                                   2,
                                   {{1, 100, "fine_label_names.txt"}, {0, 20, "coarse_label_names.txt"}}};
  return kLayout;
}

bool is_cifar100(const std::filesystem::path& path) { return has_cifar_file(path, layout()); }

ImageDataset load_cifar100(const std::filesystem::path& path, Split split, const LoadOptions& options) {
  return load_cifar(path, layout(), options.labels == ClassLevel::kCoarse ? 1 : 0, split, options);
}

}  // namespace

const DatasetFormat dataset_formats::cifar100{"the folder of CIFAR-100's binary version, with train.bin", is_cifar100,
                                              load_cifar100, true};

}  // namespace equinfo
