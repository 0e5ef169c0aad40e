#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dataset/jpeg_coding.h"

namespace equinfo {

/// Which part of a dataset: the images to learn from, or the held-out ones.
enum class Split { kTrain, kTest };

/// Which channels images get. kAsStored keeps 1 channel if every chosen image is grey and gives 3 otherwise (a grey
/// image among coloured ones has its value repeated). kLuma is Y = .299 R + .587 G + .114 B (ITU-R BT.601), for a JPEG
/// the coded luma plane itself, free of its coarser chroma. kRgb always gives 3.
enum class Color { kAsStored, kLuma, kRgb };

/// Which labels an image gets where a dataset has two kinds: CIFAR-100's 100 classes, or their 20 superclasses.
enum class ClassLevel { kFine, kCoarse };

struct LoadOptions {
  std::int64_t limit = 0;                 ///< at most so many images, spread evenly over the classes; 0 = all; ≥ 0
  std::uint64_t seed = 0;                 ///< chooses which images a limit keeps
  Color color = Color::kAsStored;         ///< channels of the result
  int threads = 0;                        ///< for decoding, ≥ 0; 0 = one for each core. Results do not depend on it
  ClassLevel labels = ClassLevel::kFine;  ///< kCoarse is for datasets that have such labels
};

/// Labelled images of one size, held in memory.
struct ImageDataset {
  std::vector<std::uint8_t> pixels;  ///< [count, channels, height, width], row-major; channels are grey or R, G, B
  std::int64_t count = 0, channels = 0, height = 0, width = 0;
  std::vector<std::int64_t> labels;      ///< [count], each in {0, …, class_names.size() − 1}
  std::vector<std::string> class_names;  ///< of the whole dataset, the same for both splits
  std::string sha256;                    ///< of the whole dataset's files, the same for both splits; see data/README.md
  std::optional<JpegCoding> jpeg;        ///< how the first chosen file is coded; absent if it is no JPEG
  std::string name;  ///< "fashion-mnist" where the labels are recognised, else the name of the folder or archive
};

/// Reads one split of a dataset, whose format is recognised by its content:
/// a folder of IDX files (MNIST's format, plain or .gz), of CIFAR-10's or CIFAR-100's binary files, Tiny-ImageNet-200's
/// folder (held-out images are those of `val/`), an image folder (`train/<class>/…`, `test/<class>/…`, JPEG or PNG,
/// classes in alphabetical order), or a tar archive of one (plain or compressed, read in one pass).
/// A limit keeps the same share of every class; classes with fewer images give their share to the others. Which images
/// depends on the seed and the class alone, a smaller limit keeps a subset of a larger one's, and an archive gives the
/// same images as its folder. Images stay in the order of the files (by class, then name).
/// Throws IoError naming the file if anything is missing, truncated, broken, of another size, without a class or of a
/// single class; std::invalid_argument for a negative limit or number of threads, and for coarse labels of a dataset
/// that has none.
/// Cost: 50,000 JPEGs of 32 × 32 in 0.8 s on 2 cores; only chosen images are decoded, but every file is hashed.
ImageDataset load_dataset(const std::filesystem::path& path, Split split, const LoadOptions& options = {});

/// "train" or "test".
const char* split_name(Split split);

}  // namespace equinfo
