#include <algorithm>
#include <filesystem>

#include "core/sha256.h"
#include "dataset/dataset.h"
#include "dataset/image_files.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kImages = 0x803, kLabels = 0x801;
const fs::path kFashion = "/usr/share/datasets/fashion-mnist";

/// Six images of 2 × 3 pixels, image i filled with 10 i + pixel; labels 2 0 1 1 0 0.
Bytes six_images() {
  Bytes pixels;
  for (std::uint8_t i = 0; i < 6; ++i) {
    for (std::uint8_t p = 0; p < 6; ++p) pixels.push_back(static_cast<std::uint8_t>(10 * i + p));
  }
  return idx_file(kImages, {6, 2, 3}, pixels);
}

Bytes six_labels() { return idx_file(kLabels, {6}, {2, 0, 1, 1, 0, 0}); }

void write_six(const TemporaryFolder& folder) {
  write_bytes(folder / "train-images-idx3-ubyte", six_images());
  write_bytes(folder / "train-labels-idx1-ubyte", six_labels());
}

std::string failure_of(const TemporaryFolder& folder, Split split = Split::kTrain) {
  return load_failure(folder, folder.path(), split);
}

}  // namespace

TEST_CASE("IDX: pixels, labels, sizes and the digest of plain files") {
  const TemporaryFolder folder;
  write_six(folder);
  const ImageDataset data = load_dataset(folder.path(), Split::kTrain);
  CHECK(data.count == 6);
  CHECK(data.channels == 1);
  CHECK(data.height == 2);
  CHECK(data.width == 3);
  CHECK(data.pixels[3 * 6 + 4] == 34);
  CHECK(data.labels == std::vector<std::int64_t>{2, 0, 1, 1, 0, 0});
  CHECK(data.class_names == std::vector<std::string>{"0", "1", "2"});
  CHECK(data.name == folder.path().filename().string());
  CHECK(data.sha256 == sha256_of_files({folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte"}));
}

TEST_CASE("IDX: gzip, the other spelling of the names, and classes that only the other split has") {
  const TemporaryFolder folder;
  write_gzip(folder / "t10k-images.idx3-ubyte.gz", six_images());
  write_gzip(folder / "t10k-labels.idx1-ubyte.gz", six_labels());
  write_bytes(folder / "train-labels-idx1-ubyte", idx_file(kLabels, {2}, {0, 4}));
  const ImageDataset data = load_dataset(folder.path(), Split::kTest);
  CHECK(data.pixels[5 * 6] == 50);
  CHECK(data.class_names.size() == 5);
}

TEST_CASE("IDX: a limit keeps whole images with their labels, in order") {
  const TemporaryFolder folder;
  write_six(folder);
  const ImageDataset data = load_dataset(folder.path(), Split::kTrain, {.limit = 4});
  CHECK(data.count == 4);
  CHECK(data.pixels.size() == 24);
  CHECK(std::count(data.labels.begin(), data.labels.end(), 0) == 2);
  CHECK(data.pixels[0] == 0);
  CHECK(data.labels[0] == 2);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::vector<std::int64_t> labels{2, 0, 1, 1, 0, 0};
    CHECK(data.labels[i] == labels[data.pixels[6 * i] / 10]);
    CHECK(data.pixels[6 * i + 5] == data.pixels[6 * i] + 5);
  }
}

TEST_CASE("IDX: grey values are repeated where RGB is asked for, and luma is grey itself") {
  const TemporaryFolder folder;
  write_six(folder);
  const ImageDataset data = load_dataset(folder.path(), Split::kTrain, {.color = Color::kRgb});
  CHECK(data.channels == 3);
  for (std::size_t c = 0; c < 3; ++c) CHECK(data.pixels[2 * 18 + c * 6 + 1] == 21);
  CHECK(load_dataset(folder.path(), Split::kTrain, {.color = Color::kLuma}).pixels ==
        load_dataset(folder.path(), Split::kTrain).pixels);
}

TEST_CASE("IDX: every fault of a file gets one line that names it") {
  const TemporaryFolder folder;
  write_six(folder);
  const auto images = folder / "train-images-idx3-ubyte", labels = folder / "train-labels-idx1-ubyte";
  Bytes bytes = six_images();
  SUBCASE("truncated") {
    bytes.resize(40);
    write_bytes(images, bytes);
    CHECK(failure_of(folder) == "F/train-images-idx3-ubyte: 40 bytes where its header promises 52: truncated");
  }
  SUBCASE("too long") {
    bytes.push_back(0);
    write_bytes(images, bytes);
    CHECK(failure_of(folder) == "F/train-images-idx3-ubyte: 53 bytes where its header promises 52: too long");
  }
  SUBCASE("no header") {
    write_bytes(images, {0, 0, 8});
    CHECK(failure_of(folder) == "F/train-images-idx3-ubyte: truncated: 3 bytes, an IDX header has 16");
  }
  SUBCASE("labels in place of images") {
    write_bytes(images, idx_file(kLabels, {10}, Bytes(10)));
    CHECK(failure_of(folder) ==
          "F/train-images-idx3-ubyte: begins with 0x00000801, an IDX file of images with 0x00000803");
  }
  SUBCASE("images in place of labels") {
    write_bytes(labels, six_images());
    CHECK(failure_of(folder) ==
          "F/train-labels-idx1-ubyte: begins with 0x00000803, an IDX file of labels with 0x00000801");
  }
  SUBCASE("another number of labels") {
    write_bytes(labels, idx_file(kLabels, {5}, {0, 1, 2, 0, 1}));
    CHECK(failure_of(folder) == "F/train-labels-idx1-ubyte: 5 labels for the 6 images of train-images-idx3-ubyte");
  }
  SUBCASE("one class") {
    write_bytes(labels, idx_file(kLabels, {6}, Bytes(6, 3)));
    CHECK(failure_of(folder) == "F/train-labels-idx1-ubyte: a single class, 3; at least two are needed");
  }
  SUBCASE("no images") {
    write_bytes(images, idx_file(kImages, {0, 2, 3}, {}));
    write_bytes(labels, idx_file(kLabels, {0}, {}));
    CHECK(failure_of(folder) == "F/train-images-idx3-ubyte: no images");
  }
  SUBCASE("images without pixels") {
    write_bytes(images, idx_file(kImages, {6, 0, 3}, {}));
    CHECK(failure_of(folder) == "F/train-images-idx3-ubyte: images of 0 x 3 pixels");
  }
  SUBCASE("labels missing") {
    fs::remove(labels);
    CHECK(failure_of(folder) == "F: no file of the train labels (train-labels-idx1-ubyte, plain or .gz)");
  }
  SUBCASE("split missing") {
    CHECK(failure_of(folder, Split::kTest) == "F: no file of the test images (t10k-images-idx3-ubyte, plain or .gz)");
  }
  SUBCASE("truncated gzip") {
    fs::remove(images);
    write_gzip(folder / "train-images-idx3-ubyte.gz", six_images());
    Bytes packed = read_bytes(folder / "train-images-idx3-ubyte.gz");
    packed.resize(packed.size() / 2);
    write_bytes(folder / "train-images-idx3-ubyte.gz", packed);
    CHECK(failure_of(folder).find("F/train-images-idx3-ubyte.gz: broken or truncated gzip: ") == 0);
  }
}

TEST_CASE("Fashion-MNIST: sizes, class names, and the known values of its first image" *
          doctest::skip(!fs::exists(kFashion))) {
  const ImageDataset data = load_dataset(kFashion, Split::kTest);
  CHECK(data.name == "fashion-mnist");
  CHECK(data.count == 10000);
  CHECK(data.height == 28);
  CHECK(data.width == 28);
  CHECK(data.class_names[9] == "Ankle boot");
  for (std::int64_t c = 0; c < 10; ++c) CHECK(std::count(data.labels.begin(), data.labels.end(), c) == 1000);
  const ImageDataset few = load_dataset(kFashion, Split::kTest, {.limit = 100});
  for (std::int64_t c = 0; c < 10; ++c) CHECK(std::count(few.labels.begin(), few.labels.end(), c) == 10);
  CHECK(few.sha256 == data.sha256);
}
