#pragma once

#include <array>
#include <string>
#include <vector>

#include "dataset/dataset.h"

namespace equinfo {

/// One kind of label in CIFAR's binary records.
struct CifarLabel {
  std::size_t byte = 0;      ///< where a record has it
  std::int64_t classes = 0;  ///< labels are in {0, …, classes − 1}
  const char* names = "";    ///< the file of the classes' names, one a line; without it they are numbers
};

/// How one of the CIFAR datasets lies in its folder.
struct CifarLayout {
  const char* name = "";
  std::vector<std::string> train, test;  ///< files of each split, in the order of their records
  std::size_t label_bytes = 1;           ///< in front of the 3,072 bytes of an image
  std::vector<CifarLabel> labels;        ///< all labels of a record
};

/// Reads one split of CIFAR's binary version: records of labels and 3 × 32 × 32 bytes, plane by plane.
/// https://www.cs.toronto.edu/~kriz/cifar.html
/// `chosen` is the number of the label that becomes the class. Throws IoError naming the file: missing, truncated, a
/// label out of range, parts of different length, a single class. Cost: every file of both splits is hashed.
ImageDataset load_cifar(const std::filesystem::path& folder, const CifarLayout& layout, std::size_t chosen, Split split,
                        const LoadOptions& options);

/// Whether one of the layout's files lies in the folder.
bool has_cifar_file(const std::filesystem::path& folder, const CifarLayout& layout);

}  // namespace equinfo
