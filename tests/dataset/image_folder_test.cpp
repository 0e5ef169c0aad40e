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

/// Two classes of three grey 8 × 8 PNGs in each split, whose values tell split, class and number.
void write_small(const TemporaryFolder& folder) {
  for (int test = 0; test < 2; ++test) {
    for (int c = 0; c < 2; ++c) {
      for (int i = 0; i < 3; ++i) {
        const auto value = static_cast<std::uint8_t>(100 * test + 10 * c + i);
        write_png(folder / (std::string(test == 1 ? "test/" : "train/") + (c == 0 ? "cat/" : "dog/") +
                            std::to_string(i) + ".png"),
                  plain({value}));
      }
    }
  }
}

std::string failure_of(const TemporaryFolder& folder) { return load_failure(folder, folder.path(), Split::kTrain); }

/// The first sample of every image.
std::vector<int> first_values(const ImageDataset& data) {
  std::vector<int> values;
  const auto size = static_cast<std::size_t>(data.channels * data.height * data.width);
  for (std::size_t i = 0; i < static_cast<std::size_t>(data.count); ++i) values.push_back(data.pixels[i * size]);
  return values;
}

}  // namespace

TEST_CASE("image folder: classes in alphabetical order, images by name, one digest for both splits") {
  const TemporaryFolder folder;
  write_small(folder);
  write_bytes(folder / "train/dog/notes.txt", {'x'});
  write_bytes(folder / "train/dog/.hidden", {'x'});
  const ImageDataset train = load_dataset(folder.path(), Split::kTrain);
  CHECK(first_values(train) == std::vector<int>{0, 1, 2, 10, 11, 12});
  CHECK(train.labels == std::vector<std::int64_t>{0, 0, 0, 1, 1, 1});
  CHECK(train.class_names == std::vector<std::string>{"cat", "dog"});
  const ImageDataset test = load_dataset(folder.path(), Split::kTest);
  CHECK(first_values(test) == std::vector<int>{100, 101, 102, 110, 111, 112});
  CHECK(test.sha256 == train.sha256);
  write_png(folder / "test/dog/2.png", plain({9}));
  CHECK(load_dataset(folder.path(), Split::kTrain).sha256 != train.sha256);
}

TEST_CASE("image folder: the digest is the one that sha256sum's list has") {
  const TemporaryFolder folder;
  write_png(folder / "train/b/1.png", plain({1}));
  write_png(folder / "train/a/1.png", plain({2}));
  const std::string list = sha256_of_file(folder / "train/a/1.png") + "  train/a/1.png\n" +
                           sha256_of_file(folder / "train/b/1.png") + "  train/b/1.png\n";
  CHECK(load_dataset(folder.path(), Split::kTrain).sha256 == sha256_of_text(list));
}

TEST_CASE("an archive gives what its folder gives, whatever the order of its entries, a limit included") {
  const TemporaryFolder folder, elsewhere;
  write_small(folder);
  for (const char* prefix : {"", "./", "small/"}) {
    const auto path = elsewhere / "small.tar.gz";
    write_tar_gz(path, folder.path(), prefix);
    for (const std::int64_t limit : {0, 1, 4}) {
      const LoadOptions options{.limit = limit, .seed = 3};
      const ImageDataset packed = load_dataset(path, Split::kTest, options);
      const ImageDataset loose = load_dataset(folder.path(), Split::kTest, options);
      CHECK(packed.pixels == loose.pixels);
      CHECK(packed.labels == loose.labels);
      CHECK(packed.class_names == loose.class_names);
      CHECK(packed.name == "small");
      CHECK(packed.sha256 == sha256_of_file(path));
    }
  }
}

TEST_CASE("limits are nested, depend on the seed, and do not depend on threads") {
  const TemporaryFolder folder;
  for (int i = 0; i < 20; ++i) {
    write_png(folder / ("train/a/" + std::to_string(i) + ".png"), plain({static_cast<std::uint8_t>(i)}));
    write_png(folder / ("train/b/" + std::to_string(i) + ".png"), plain({static_cast<std::uint8_t>(100 + i)}));
  }
  const auto kept = [&](std::int64_t limit, std::uint64_t seed, int threads) {
    return first_values(load_dataset(folder.path(), Split::kTrain, {.limit = limit, .seed = seed, .threads = threads}));
  };
  const auto few = kept(6, 1, 1), more = kept(12, 1, 3);
  CHECK(few.size() == 6);
  CHECK(std::count_if(few.begin(), few.end(), [](int value) { return value < 100; }) == 3);
  CHECK(std::includes(more.begin(), more.end(), few.begin(), few.end()));
  CHECK(more == kept(12, 1, 1));
  // 10 of 20 in two classes: equal choices for two seeds have a probability below 1e-9.
  CHECK(kept(20, 1, 1) != kept(20, 2, 1));
  CHECK(kept(1000, 1, 1).size() == 40);
}

TEST_CASE("a class with few images gives its share to the others") {
  const TemporaryFolder folder;
  write_png(folder / "train/a/0.png", plain({0}));
  for (int i = 0; i < 9; ++i) write_png(folder / ("train/b/" + std::to_string(i) + ".png"), plain({1}));
  const auto labels = load_dataset(folder.path(), Split::kTrain, {.limit = 6}).labels;
  CHECK(labels == std::vector<std::int64_t>{0, 1, 1, 1, 1, 1});
}

TEST_CASE("image folder: every fault gets one line that names the file or folder") {
  const TemporaryFolder folder;
  write_small(folder);
  const auto image = folder / "train/dog/1.png";
  SUBCASE("an empty class") {
    for (int i = 0; i < 3; ++i) fs::remove(folder / ("train/dog/" + std::to_string(i) + ".png"));
    CHECK(failure_of(folder) == "F: class folder train/dog has no images");
  }
  SUBCASE("a single class") {
    fs::remove_all(folder / "train/dog");
    fs::remove_all(folder / "test/dog");
    CHECK(failure_of(folder) == "F: train/ has a single class, cat; at least two are needed");
  }
  SUBCASE("a class that one split lacks") {
    fs::remove_all(folder / "test/cat");
    CHECK(failure_of(folder) == "F: class cat is in train/ but not in test/");
    CHECK(load_failure(folder, folder.path(), Split::kTest) == "F: class cat is in train/ but not in test/");
  }
  SUBCASE("no classes") {
    fs::remove_all(folder / "train");
    fs::create_directory(folder / "train");
    CHECK(failure_of(folder) == "F: no folder train/<class>/ with images");
  }
  SUBCASE("another size") {
    write_png(image, plain({1}, 8, 9));
    CHECK(failure_of(folder) ==
          "F: train/dog/1.png: 8 x 9 pixels, but F: train/cat/0.png has 8 x 8; all images must have one size");
  }
  SUBCASE("an empty file") {
    write_bytes(image, {});
    CHECK(failure_of(folder) == "F: train/dog/1.png: empty file");
  }
  SUBCASE("no image") {
    write_bytes(image, {'G', 'I', 'F', '8', '9', 'a'});
    CHECK(failure_of(folder) == "F: train/dog/1.png: neither a JPEG nor a PNG image");
  }
  SUBCASE("a truncated PNG") {
    Bytes bytes = read_bytes(image);
    bytes.resize(bytes.size() - 20);
    write_bytes(image, bytes);
    CHECK(failure_of(folder) == "F: train/dog/1.png: broken PNG: premature end of file");
  }
  SUBCASE("a PNG with a flipped bit") {
    Bytes bytes = read_bytes(image);
    bytes[bytes.size() - 20] ^= 4;
    write_bytes(image, bytes);
    CHECK(failure_of(folder).find("F: train/dog/1.png: broken PNG: ") == 0);
  }
  SUBCASE("a truncated JPEG, at which libjpeg only warns") {
    Picture noise{1, 8, 8, {}};
    for (int i = 0; i < 64; ++i) noise.samples.push_back(static_cast<std::uint8_t>(i * 89));
    write_jpeg(image, noise);
    Bytes bytes = read_bytes(image);
    bytes.resize(bytes.size() - 20);
    write_bytes(image, bytes);
    CHECK(failure_of(folder).find("F: train/dog/1.png: broken JPEG: Premature end of JPEG file") == 0);
  }
  SUBCASE("a CMYK JPEG") {
    write_jpeg(image, plain({1, 2, 3, 4}));
    CHECK(failure_of(folder) == "F: train/dog/1.png: a CMYK JPEG; convert it to RGB");
  }
  SUBCASE("transparent pixels") {
    write_png(image, plain({1, 128}));
    CHECK(failure_of(folder) == "F: train/dog/1.png: has transparent pixels; put it on a background first");
  }
  SUBCASE("a side too long") {
    write_png(image, plain({1}, 1, 8193));
    CHECK(failure_of(folder) == "F: train/dog/1.png: 1 x 8193 pixels, but each side may have 1 to 8192");
  }
}

TEST_CASE("archive: a truncated one and one without images are told") {
  const TemporaryFolder folder, elsewhere;
  // Large enough that the compressor cannot put all of it into one block.
  Picture noise{1, 300, 300, {}};
  std::uint32_t state = 1;
  for (int i = 0; i < 300 * 300; ++i)
    noise.samples.push_back(static_cast<std::uint8_t>((state = state * 69069 + 1) >> 24));
  for (const char* name : {"train/a/0.png", "train/b/0.png"}) write_png(folder / name, noise);
  const auto path = elsewhere / "small.tar.gz";
  write_tar_gz(path, folder.path());
  Bytes bytes = read_bytes(path);
  bytes.resize(bytes.size() * 2 / 3);
  write_bytes(path, bytes);
  CHECK(load_failure(elsewhere, path, Split::kTrain).find("F/small.tar.gz: ") == 0);
  CHECK(load_failure(elsewhere, path, Split::kTrain).find("truncated") != std::string::npos);
  write_tar_gz(path, folder.path(), "a/b/c/");
  CHECK(load_failure(elsewhere, path, Split::kTrain) == "F/small.tar.gz: no folder train/<class>/ with images");
}

TEST_CASE("what is no dataset is told, and so are options out of range") {
  const TemporaryFolder folder;
  const std::string known =
      "not a dataset this program knows (a folder of IDX files such as train-images-idx3-ubyte.gz; the folder of "
      "CIFAR-10's binary version, with data_batch_1.bin; the folder of CIFAR-100's binary version, with train.bin; "
      "Tiny-ImageNet-200's folder, with wnids.txt, train/ and val/; an image folder with train/<class>/ and "
      "test/<class>/; a .tar, .tar.gz or .tgz of an image folder)";
  CHECK(failure_of(folder) == "F: " + known);
  write_bytes(folder / "text", {'h', 'e', 'l', 'l', 'o'});
  CHECK(load_failure(folder, folder / "text", Split::kTrain) == "F/text: " + known);
  CHECK(load_failure(folder, folder / "absent", Split::kTrain) == "F/absent: no such file or folder");
  CHECK_THROWS_WITH_AS(load_dataset(folder.path(), Split::kTrain, {.limit = -1}), "dataset: limit = -1 is negative",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(load_dataset(folder.path(), Split::kTrain, {.threads = -2}), "dataset: threads = -2 is negative",
                       std::invalid_argument);
  write_small(folder);
  CHECK_THROWS_WITH_AS(load_dataset(folder.path(), Split::kTrain, {.labels = ClassLevel::kCoarse}),
                       (folder.path().string() + ": has no coarse labels; only CIFAR-100 has them").c_str(),
                       std::invalid_argument);
}

TEST_CASE("CIFAR-10 (JPEG): all images of the archive, where it is there" *
          doctest::skip(!fs::exists(fs::path(EQUINFO_SOURCE_DIR) / "../shared/data/cifar10-jpeg.tar.gz"))) {
  const fs::path path = fs::path(EQUINFO_SOURCE_DIR) / "../shared/data/cifar10-jpeg.tar.gz";
  const ImageDataset data = load_dataset(path, Split::kTest, {.color = Color::kLuma});
  CHECK(data.count == 10000);
  CHECK(data.channels == 1);
  CHECK(data.class_names[0] == "airplane");
  CHECK(data.class_names[9] == "truck");
  for (std::int64_t c = 0; c < 10; ++c) CHECK(std::count(data.labels.begin(), data.labels.end(), c) == 1000);
}
