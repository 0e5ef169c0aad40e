// CIFAR-10's binary version: five training files and one of held-out images, a label in front of each image.

#include "dataset/cifar_records.h"
#include "dataset/format.h"

namespace equinfo {
namespace {

const CifarLayout& layout() {
  static const CifarLayout kLayout{
      "cifar10",
      {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
      {"test_batch.bin"},
      1,
      {{0, 10, "batches.meta.txt"}}};
  return kLayout;
}

bool is_cifar10(const std::filesystem::path& path) { return has_cifar_file(path, layout()); }

ImageDataset load_cifar10(const std::filesystem::path& path, Split split, const LoadOptions& options) {
  return load_cifar(path, layout(), 0, split, options);
}

}  // namespace

const DatasetFormat dataset_formats::cifar10{"the folder of CIFAR-10's binary version, with data_batch_1.bin",
                                             is_cifar10, load_cifar10};

}  // namespace equinfo
