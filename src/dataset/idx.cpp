// IDX: the format of MNIST and its relatives, plain or gzip-compressed. http://yann.lecun.com/exdb/mnist/
// Big-endian 32-bit numbers: 0x0803, count, height, width, pixels; and 0x0801, count, labels.

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include <zlib.h>

#include "core/error.h"
#include "core/sha256.h"
#include "dataset/format.h"
#include "dataset/labelled_rows.h"

namespace equinfo {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;
constexpr std::uint32_t kImageMagic = 0x00000803, kLabelMagic = 0x00000801;

/// Datasets whose classes have better names than "0" to "9", known by the SHA-256 of an uncompressed label file.
struct KnownLabels {
  const char* sha256;
  const char* dataset;
  std::array<const char*, 10> class_names;
};
constexpr std::array<const char*, 10> kFashionClasses{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
constexpr std::array<KnownLabels, 2> kKnownLabels{{
    {"bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", "fashion-mnist", kFashionClasses},
    {"0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", "fashion-mnist", kFashionClasses},
}};

/// `train-images-idx3-ubyte` in one of its usual spellings, if the folder has it.
std::optional<fs::path> find_file(const fs::path& folder, Split split, const std::string& what) {
  const std::string stem = split == Split::kTrain ? "train-" : "t10k-";
  const std::string kind = what == "images" ? "idx3-ubyte" : "idx1-ubyte";
  for (const char* separator : {"-", "."}) {
    for (const char* ending : {"", ".gz"}) {
      std::error_code failure;
      const fs::path path = folder / fmt::format("{}{}{}{}{}", stem, what, separator, kind, ending);
      if (fs::is_regular_file(path, failure)) return path;
    }
  }
  return std::nullopt;
}

fs::path require_idx_file(const fs::path& folder, Split split, const std::string& what) {
  const auto path = find_file(folder, split, what);
  require_file(path.has_value(), "{}: no file of the {} {} ({}-{}-idx{}-ubyte, plain or .gz)", folder.string(),
               split_name(split), what, split == Split::kTrain ? "train" : "t10k", what, what == "images" ? 3 : 1);
  return *path;
}

/// A file's bytes, uncompressed if they were (zlib passes plain bytes through).
Bytes read_file(const fs::path& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  require_file(file != nullptr, "{}: cannot be opened", path.string());
  Bytes bytes;
  for (int got = 1; got > 0;) {
    const std::size_t size = bytes.size();
    bytes.resize(size + (1 << 20));
    got = gzread(file.get(), bytes.data() + size, 1 << 20);
    bytes.resize(size + static_cast<std::size_t>(std::max(got, 0)));
  }
  int code = Z_OK;
  const char* message = gzerror(file.get(), &code);
  require_file(code == Z_OK || code == Z_STREAM_END, "{}: broken or truncated gzip: {}", path.string(), message);
  return bytes;
}

std::uint32_t number_at(const Bytes& bytes, std::size_t index) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | bytes[4 * index + i];
  return number;
}

void check_magic(const fs::path& path, const Bytes& bytes, std::uint32_t magic, std::size_t header) {
  require_file(bytes.size() >= header, "{}: truncated: {} bytes, an IDX header has {}", path.string(), bytes.size(),
               header);
  require_file(number_at(bytes, 0) == magic, "{}: begins with 0x{:08x}, an IDX file of {} with 0x{:08x}", path.string(),
               number_at(bytes, 0), magic == kImageMagic ? "images" : "labels", magic);
}

void check_length(const fs::path& path, std::uint64_t actual, std::uint64_t expected) {
  require_file(actual == expected, "{}: {} bytes where its header promises {}: {}", path.string(), actual, expected,
               actual < expected ? "truncated" : "too long");
}

Bytes read_labels(const fs::path& path) {
  Bytes bytes = read_file(path);
  check_magic(path, bytes, kLabelMagic, 8);
  check_length(path, bytes.size(), 8 + std::uint64_t{number_at(bytes, 1)});
  return bytes;
}

/// Reads images [count, 1, height, width] into the dataset.
void read_images(const fs::path& path, ImageDataset& dataset) {
  Bytes bytes = read_file(path);
  check_magic(path, bytes, kImageMagic, 16);
  dataset.count = number_at(bytes, 1);
  dataset.height = number_at(bytes, 2);
  dataset.width = number_at(bytes, 3);
  dataset.channels = 1;
  require_file(dataset.height >= 1 && dataset.width >= 1 && dataset.height < 65536 && dataset.width < 65536,
               "{}: images of {} x {} pixels", path.string(), dataset.height, dataset.width);
  check_length(path, bytes.size(), 16 + static_cast<std::uint64_t>(dataset.count * dataset.height * dataset.width));
  bytes.erase(bytes.begin(), bytes.begin() + 16);
  dataset.pixels = std::move(bytes);
}

/// Classes are 0 to the largest label of either split.
void name_classes(const fs::path& folder, const Bytes& own_labels, Split split, ImageDataset& dataset) {
  std::int64_t largest = *std::max_element(dataset.labels.begin(), dataset.labels.end());
  const Split other = split == Split::kTrain ? Split::kTest : Split::kTrain;
  if (const auto path = find_file(folder, other, "labels")) {
    const Bytes labels = read_labels(*path);
    for (std::size_t i = 8; i < labels.size(); ++i) largest = std::max<std::int64_t>(largest, labels[i]);
  }
  dataset.class_names = numbered_classes(largest + 1);
  dataset.name = fs::canonical(folder).filename().string();
  const std::string digest = sha256_of_text({reinterpret_cast<const char*>(own_labels.data()), own_labels.size()});
  for (const auto& known : kKnownLabels) {
    if (digest != known.sha256) continue;
    dataset.name = known.dataset;
    dataset.class_names.assign(known.class_names.begin(), known.class_names.end());
  }
}

void repeat_grey_as_rgb(ImageDataset& dataset) {
  const std::int64_t size = dataset.height * dataset.width;
  Bytes colored(static_cast<std::size_t>(3 * dataset.count * size));
  for (std::int64_t plane = 0; plane < 3 * dataset.count; ++plane) {
    std::copy_n(dataset.pixels.begin() + plane / 3 * size, size, colored.begin() + plane * size);
  }
  dataset.pixels = std::move(colored);
  dataset.channels = 3;
}

/// SHA-256 of the files one behind the other in alphabetical order: `cat t10k-* train-* | sha256sum`.
std::string digest_of(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const Split split : {Split::kTest, Split::kTrain}) {
    for (const char* what : {"images", "labels"}) {
      if (const auto path = find_file(folder, split, what)) paths.push_back(*path);
    }
  }
  return sha256_of_files(paths);
}

bool is_idx_folder(const fs::path& path) {
  return find_file(path, Split::kTrain, "images") || find_file(path, Split::kTest, "images");
}

ImageDataset load_idx_folder(const fs::path& folder, Split split, const LoadOptions& options) {
  const fs::path image_path = require_idx_file(folder, split, "images");
  const fs::path label_path = require_idx_file(folder, split, "labels");
  ImageDataset dataset;
  read_images(image_path, dataset);
  const Bytes labels = read_labels(label_path);
  dataset.labels.assign(labels.begin() + 8, labels.end());
  require_file(static_cast<std::int64_t>(dataset.labels.size()) == dataset.count,
               "{}: {} labels for the {} images of {}", label_path.string(), dataset.labels.size(), dataset.count,
               image_path.filename().string());
  require_file(dataset.count > 0, "{}: no images", image_path.string());
  require_two_classes(label_path, dataset.labels);
  name_classes(folder, labels, split, dataset);
  keep_chosen_rows(options, dataset);
  if (options.color == Color::kRgb) repeat_grey_as_rgb(dataset);
  dataset.sha256 = digest_of(folder);
  return dataset;
}

}  // namespace

const DatasetFormat dataset_formats::idx{"a folder of IDX files such as train-images-idx3-ubyte.gz", is_idx_folder,
                                         load_idx_folder};

}  // namespace equinfo
