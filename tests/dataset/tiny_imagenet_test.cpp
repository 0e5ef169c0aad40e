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

void write_text(const fs::path& path, const std::string& words) { write_bytes(path, {words.begin(), words.end()}); }

/// Two classes with two images each, three held-out images whose order is not that of their classes, and what else the
/// distribution has.
void write_tiny(const TemporaryFolder& folder) {
  write_text(folder / "wnids.txt", "n02\nn01\n");
  write_text(folder / "words.txt", "n01\ttench\nn02\tgoldfish\n");
  for (const std::string name : {"n01", "n02"}) {
    const std::uint8_t first = name == "n01" ? 10 : 20;
    for (std::uint8_t i = 0; i < 2; ++i) {
      write_jpeg(folder / ("train/" + name + "/images/" + name + "_" + std::to_string(i) + ".JPEG"),
                 plain({static_cast<std::uint8_t>(first + i)}));
    }
    write_text(folder / ("train/" + name + "/" + name + "_boxes.txt"), name + "_0.JPEG\t0\t0\t7\t7\n");
  }
  for (std::uint8_t i = 0; i < 3; ++i) {
    write_jpeg(folder / ("val/images/val_" + std::to_string(i) + ".JPEG"), plain({static_cast<std::uint8_t>(30 + i)}));
  }
  write_text(folder / "val/val_annotations.txt",
             "val_0.JPEG\tn02\t0\t0\t7\t7\nval_1.JPEG\tn01\t0\t0\t7\t7\nval_2.JPEG\tn02\t1\t1\t5\t5\n");
  write_jpeg(folder / "test/images/test_0.JPEG", plain({99}));
}

std::vector<int> first_values(const ImageDataset& data) {
  std::vector<int> values;
  for (std::size_t i = 0; i < static_cast<std::size_t>(data.count); ++i) values.push_back(data.pixels[i * 64]);
  return values;
}

std::string failure_of(const TemporaryFolder& folder) { return load_failure(folder, folder.path(), Split::kTest); }

}  // namespace

TEST_CASE("Tiny-ImageNet: training images by their folder, held-out ones by their annotations") {
  const TemporaryFolder folder;
  write_tiny(folder);
  const ImageDataset train = load_dataset(folder.path(), Split::kTrain);
  CHECK(train.class_names == std::vector<std::string>{"n01", "n02"});
  CHECK(train.labels == std::vector<std::int64_t>{0, 0, 1, 1});
  CHECK(first_values(train) == std::vector<int>{10, 11, 20, 21});
  CHECK(train.name == "tiny-imagenet-200");
  const ImageDataset heldout = load_dataset(folder.path(), Split::kTest);
  CHECK(heldout.labels == std::vector<std::int64_t>{0, 1, 1});
  CHECK(first_values(heldout) == std::vector<int>{31, 30, 32});
  CHECK(heldout.sha256 == train.sha256);
}

TEST_CASE("Tiny-ImageNet: the digest is that of the list of images and annotations") {
  const TemporaryFolder folder;
  write_tiny(folder);
  const std::vector<std::string> names{"train/n01/images/n01_0.JPEG", "train/n01/images/n01_1.JPEG",
                                       "train/n02/images/n02_0.JPEG", "train/n02/images/n02_1.JPEG",
                                       "val/images/val_0.JPEG",       "val/images/val_1.JPEG",
                                       "val/images/val_2.JPEG",       "val/val_annotations.txt"};
  std::string list;
  for (const auto& name : names) list += sha256_of_file(folder / name) + "  " + name + "\n";
  CHECK(load_dataset(folder.path(), Split::kTrain).sha256 == sha256_of_text(list));
}

TEST_CASE("Tiny-ImageNet: every fault gets one line that names the file") {
  const TemporaryFolder folder;
  write_tiny(folder);
  const auto annotations = folder / "val/val_annotations.txt";
  SUBCASE("no annotations") {
    fs::remove(annotations);
    CHECK(failure_of(folder) == "F: no val/val_annotations.txt, which tells the classes of the held-out images");
  }
  SUBCASE("an image without annotation") {
    write_jpeg(folder / "val/images/val_3.JPEG", plain({1}));
    CHECK(failure_of(folder) == "F: val/images/val_3.JPEG has no line in val/val_annotations.txt");
  }
  SUBCASE("an annotation without image") {
    fs::remove(folder / "val/images/val_2.JPEG");
    CHECK(failure_of(folder) == "F: 2 images in val/images, but 3 lines in val/val_annotations.txt");
  }
  SUBCASE("an unknown class") {
    write_text(annotations, "val_0.JPEG\tn02\t0\nval_1.JPEG\tn03\t0\n");
    CHECK(failure_of(folder) == "F/val/val_annotations.txt:2: n03 is no class of wnids.txt");
  }
  SUBCASE("a line without tab") {
    write_text(annotations, "val_0.JPEG n02\n");
    CHECK(failure_of(folder) == "F/val/val_annotations.txt:1: is not \"image, tab, class\"");
  }
  SUBCASE("two lines about one image") {
    write_text(annotations, "val_0.JPEG\tn02\nval_0.JPEG\tn01\n");
    CHECK(failure_of(folder) == "F/val/val_annotations.txt:2: a second line about val_0.JPEG");
  }
  SUBCASE("a class without held-out images") {
    write_text(annotations, "val_0.JPEG\tn02\nval_1.JPEG\tn02\nval_2.JPEG\tn02\n");
    CHECK(failure_of(folder) == "F/val/val_annotations.txt: no image of the class n01");
  }
  SUBCASE("a class without folder") {
    fs::remove_all(folder / "train/n02");
    CHECK(failure_of(folder) == "F: no folder train/n02/images");
  }
  SUBCASE("a folder without class") {
    write_jpeg(folder / "train/n09/images/n09_0.JPEG", plain({1}));
    CHECK(failure_of(folder) == "F: train/n09 is no class of wnids.txt");
  }
  SUBCASE("a class twice") {
    write_text(folder / "wnids.txt", "n01\nn02\nn01\n");
    CHECK(failure_of(folder) == "F/wnids.txt: names the class n01 twice");
  }
  SUBCASE("a broken image") {
    write_text(folder / "val/images/val_1.JPEG", "nothing");
    CHECK(failure_of(folder) == "F: val/images/val_1.JPEG: neither a JPEG nor a PNG image");
  }
}
