#include "train/study_datasets.h"

#include <stdexcept>

#include "dataset/image_files.h"

using namespace equinfo::testing;

namespace {

constexpr std::int64_t kTrain = 8, kTest = 4;
const std::string kCifar10 = "cifar-10-batches-bin", kCifar100 = "cifar-100-binary", kTiny = "tiny-imagenet-200",
                  kIdx = "fashion-mnist", kArchive = "cifar10-jpeg.tar.gz";

/// A slope of brightness, another for each number.
Bytes samples(std::int64_t number, std::int64_t count) {
  Bytes bytes;
  for (std::int64_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(20 * number + (3 + number) * i));
  return bytes;
}

Bytes& append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}

void write_text(const std::filesystem::path& path, const std::string& words) {
  write_bytes(path, {words.begin(), words.end()});
}

/// Records of CIFAR; classes 0 and 1 take turns. `coarse`: a label of CIFAR-100's superclasses in front.
Bytes records(std::int64_t first, std::int64_t count, bool coarse) {
  Bytes bytes;
  for (auto i = first; i < first + count; ++i) {
    if (coarse) bytes.push_back(3);
    bytes.push_back(static_cast<std::uint8_t>(i % 2));
    append(bytes, samples(i, 3 * 32 * 32));
  }
  return bytes;
}

void write_idx(const std::filesystem::path& folder, const std::string& stem, std::uint32_t count) {
  Bytes pixels, labels;
  for (std::uint32_t i = 0; i < count; ++i) {
    append(pixels, samples(i, 28 * 28));
    labels.push_back(static_cast<std::uint8_t>(i % 2));
  }
  write_bytes(folder / (stem + "-images-idx3-ubyte"), idx_file(0x803, {count, 28, 28}, pixels));
  write_bytes(folder / (stem + "-labels-idx1-ubyte"), idx_file(0x801, {count}, labels));
}

void write_tiny_imagenet(const std::filesystem::path& folder) {
  const std::string names[] = {"n01", "n02"};
  write_text(folder / "wnids.txt", "n01\nn02\n");
  const auto picture = [](std::int64_t i) { return Picture{3, 64, 64, samples(i, 3 * 64 * 64)}; };
  for (std::int64_t i = 0; i < kTrain; ++i) {
    const auto& name = names[i % 2];
    write_jpeg(folder / "train" / name / "images" / (name + "_" + std::to_string(i) + ".JPEG"), picture(i));
  }
  std::string annotations;
  for (std::int64_t i = 0; i < kTest; ++i) {
    const auto file = "val_" + std::to_string(i) + ".JPEG";
    write_jpeg(folder / "val/images" / file, picture(i));
    annotations += file + "\t" + names[i % 2] + "\t0\t0\t63\t63\n";
  }
  write_text(folder / "val/val_annotations.txt", annotations);
}

void write_archive(const std::filesystem::path& archive, const std::filesystem::path& scratch) {
  for (std::int64_t i = 0; i < kTrain + kTest; ++i) {
    const auto file =
        scratch / (i < kTrain ? "train" : "test") / (i % 2 == 0 ? "cat" : "dog") / (std::to_string(i) + ".jpg");
    write_jpeg(file, Picture{3, 32, 32, samples(i, 3 * 32 * 32)});
  }
  write_tar_gz(archive, scratch);
}

}  // namespace

StudyDatasets::StudyDatasets(const std::filesystem::path& folder) : folder_(folder) {
  for (std::int64_t b = 0; b < 5; ++b) {  // CIFAR-10's parts are equally long
    write_bytes(folder_ / kCifar10 / ("data_batch_" + std::to_string(b + 1) + ".bin"), records(2 * b, 2, false));
  }
  write_bytes(folder_ / kCifar10 / "test_batch.bin", records(0, kTest, false));
  write_bytes(folder_ / kCifar100 / "train.bin", records(0, kTrain, true));
  write_bytes(folder_ / kCifar100 / "test.bin", records(0, kTest, true));
  write_idx(folder_ / kIdx, "train", kTrain);
  write_idx(folder_ / kIdx, "t10k", kTest);
  write_tiny_imagenet(folder_ / kTiny);
  write_archive(folder_ / kArchive, folder_ / "images");
}

std::filesystem::path StudyDatasets::in_place_of(const std::string& path) const {
  for (const auto& name : {kCifar10, kCifar100, kTiny, kIdx, kArchive}) {
    if (path.ends_with(name)) return folder_ / name;
  }
  throw std::invalid_argument("no dataset in place of " + path);
}
