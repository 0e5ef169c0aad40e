#include <filesystem>

#include "core/sha256.h"
#include "dataset/dataset.h"
#include "dataset/image_codec.h"
#include "dataset/image_files.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kArea = 32 * 32;

/// A record: labels, and an image whose planes begin with `value`, value + 1 and value + 2, each rising by its row.
Bytes record(const Bytes& labels, std::uint8_t value) {
  Bytes bytes = labels;
  for (std::size_t i = 0; i < 3 * kArea; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(value + i / kArea + i % kArea / 32));
  }
  return bytes;
}

Bytes joined(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes text(const std::string& words) { return {words.begin(), words.end()}; }

/// Two images in each file; file b of the training has values 20 b and 20 b + 10, labels b and 9.
void write_cifar10(const TemporaryFolder& folder) {
  for (std::uint8_t b = 1; b <= 5; ++b) {
    write_bytes(
        folder / ("data_batch_" + std::to_string(b) + ".bin"),
        joined({record({b}, static_cast<std::uint8_t>(20 * b)), record({9}, static_cast<std::uint8_t>(20 * b + 10))}));
  }
  write_bytes(folder / "test_batch.bin", joined({record({0}, 200), record({9}, 210), record({3}, 220)}));
}

void write_cifar100(const TemporaryFolder& folder) {
  write_bytes(folder / "train.bin", joined({record({19, 99}, 7), record({0, 42}, 8)}));
  write_bytes(folder / "test.bin", joined({record({3, 1}, 70), record({4, 2}, 80)}));
}

std::string names_of(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += "name " + std::to_string(i) + "\n";
  return lines + "\n";
}

std::string failure_of(const TemporaryFolder& folder, Split split = Split::kTrain) {
  return load_failure(folder, folder.path(), split);
}

}  // namespace

TEST_CASE("CIFAR-10: images of all files in order, plane by plane, labels and the digest of the files") {
  const TemporaryFolder folder;
  write_cifar10(folder);
  const ImageDataset data = load_dataset(folder.path(), Split::kTrain);
  CHECK(data.count == 10);
  CHECK(data.channels == 3);
  CHECK(data.height == 32);
  CHECK(data.width == 32);
  CHECK(data.labels == std::vector<std::int64_t>{1, 9, 2, 9, 3, 9, 4, 9, 5, 9});
  for (std::size_t i = 0; i < 10; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const auto* plane = data.pixels.data() + (3 * i + c) * kArea;
      CHECK(plane[0] == 20 + 10 * i + c);
      CHECK(plane[31] == 20 + 10 * i + c);
      CHECK(plane[32 * 5] == 25 + 10 * i + c);
    }
  }
  CHECK(data.class_names.size() == 10);
  CHECK(data.class_names[7] == "7");
  CHECK(data.name == "cifar10");
  std::vector<fs::path> files;
  for (const char* name :
       {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"})
    files.push_back(folder / (std::string(name) + ".bin"));
  CHECK(data.sha256 == sha256_of_files(files));
}

TEST_CASE("CIFAR-10: held-out images, names of classes, a limit, luma") {
  const TemporaryFolder folder;
  write_cifar10(folder);
  write_bytes(folder / "batches.meta.txt",
              text("airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"));
  const ImageDataset data = load_dataset(folder.path(), Split::kTest, {.color = Color::kLuma});
  CHECK(data.labels == std::vector<std::int64_t>{0, 9, 3});
  CHECK(data.class_names[9] == "truck");
  CHECK(data.channels == 1);
  CHECK(data.pixels.size() == 3 * kArea);
  CHECK(data.pixels[kArea + 32 * 2] == luma(212, 213, 214));
  const ImageDataset few = load_dataset(folder.path(), Split::kTrain, {.limit = 6});
  CHECK(few.labels.size() == 6);
  CHECK(few.pixels.size() == 6 * 3 * kArea);
  CHECK(few.sha256 == data.sha256);
  for (std::size_t i = 0; i < 6; ++i) {
    // The first value of an image is an odd multiple of ten where the label is 9, else 20 times the label.
    const int value = few.pixels[3 * kArea * i];
    CHECK(few.labels[i] == (value % 20 == 0 ? value / 20 : 9));
  }
}

TEST_CASE("CIFAR-100: fine and coarse labels with their names") {
  const TemporaryFolder folder;
  write_cifar100(folder);
  write_bytes(folder / "fine_label_names.txt", text(names_of(100)));
  const ImageDataset fine = load_dataset(folder.path(), Split::kTrain);
  CHECK(fine.labels == std::vector<std::int64_t>{99, 42});
  CHECK(fine.class_names.size() == 100);
  CHECK(fine.class_names[42] == "name 42");
  CHECK(fine.name == "cifar100");
  CHECK(fine.pixels[0] == 7);
  CHECK(fine.pixels[3 * kArea] == 8);
  const ImageDataset coarse = load_dataset(folder.path(), Split::kTest, {.labels = ClassLevel::kCoarse});
  CHECK(coarse.labels == std::vector<std::int64_t>{3, 4});
  CHECK(coarse.class_names.size() == 20);
  CHECK(coarse.class_names[19] == "19");
  CHECK(coarse.pixels[0] == 70);
  CHECK(coarse.sha256 == fine.sha256);
  CHECK(fine.sha256 == sha256_of_files({folder / "test.bin", folder / "train.bin"}));
}

TEST_CASE("CIFAR: every fault of a file gets one line that names it") {
  const TemporaryFolder folder;
  write_cifar10(folder);
  const auto third = folder / "data_batch_3.bin";
  SUBCASE("truncated") {
    Bytes bytes = read_bytes(third);
    bytes.resize(5000);
    write_bytes(third, bytes);
    CHECK(failure_of(folder) ==
          "F/data_batch_3.bin: 5000 bytes are no multiple of the 3073 that an image takes: truncated?");
  }
  SUBCASE("truncated between two images") {
    Bytes bytes = read_bytes(third);
    bytes.resize(3073);
    write_bytes(third, bytes);
    CHECK(failure_of(folder) == "F/data_batch_3.bin: 1 images, but data_batch_1.bin has 2");
  }
  SUBCASE("empty") {
    write_bytes(third, {});
    CHECK(failure_of(folder) == "F/data_batch_3.bin: no images");
  }
  SUBCASE("missing") {
    fs::remove(third);
    CHECK(failure_of(folder) == "F: no data_batch_3.bin, one of the train files of cifar10");
    CHECK(failure_of(folder, Split::kTest) == "no error");
  }
  SUBCASE("a label out of range") {
    write_bytes(third, joined({record({0}, 1), record({10}, 1)}));
    CHECK(failure_of(folder) == "F/data_batch_3.bin: image 1 (from 0) has the label 10, but there are 10 classes");
  }
  SUBCASE("one class") {
    write_bytes(folder / "test_batch.bin", joined({record({4}, 1), record({4}, 1)}));
    CHECK(failure_of(folder, Split::kTest) == "F/test_batch.bin: a single class, 4; at least two are needed");
  }
  SUBCASE("too few names") {
    write_bytes(folder / "batches.meta.txt", text(names_of(9)));
    CHECK(failure_of(folder) == "F/batches.meta.txt: 9 names for 10 classes");
  }
}

TEST_CASE("CIFAR-100: a label out of range, coarse or fine, whichever is asked for") {
  const TemporaryFolder folder;
  write_cifar100(folder);
  write_bytes(folder / "train.bin", joined({record({20, 5}, 1), record({0, 4}, 1)}));
  CHECK(failure_of(folder) == "F/train.bin: image 0 (from 0) has the label 20, but there are 20 classes");
  write_bytes(folder / "train.bin", joined({record({1, 5}, 1), record({0, 100}, 1)}));
  CHECK(failure_of(folder) == "F/train.bin: image 1 (from 0) has the label 100, but there are 100 classes");
}
