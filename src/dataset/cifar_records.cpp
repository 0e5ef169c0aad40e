#include "dataset/cifar_records.h"

#include <algorithm>
#include <fstream>

#include "core/error.h"
#include "core/sha256.h"
#include "dataset/file_list.h"
#include "dataset/image_codec.h"
#include "dataset/labelled_rows.h"

namespace equinfo {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kSide = 32;
constexpr std::size_t kArea = kSide * kSide, kImageBytes = 3 * kArea;

const std::vector<std::string>& files_of(const CifarLayout& layout, Split split) {
  return split == Split::kTrain ? layout.train : layout.test;
}

void check_labels(const fs::path& path, const CifarLayout& layout, const std::uint8_t* record, std::size_t number) {
  for (const auto& label : layout.labels) {
    require_file(record[label.byte] < label.classes, "{}: image {} (from 0) has the label {}, but there are {} classes",
                 path.string(), number, record[label.byte], label.classes);
  }
}

/// Appends the images of a file; returns how many there are.
std::size_t append_file(const fs::path& path, const CifarLayout& layout, std::size_t chosen, ImageDataset& dataset) {
  const std::vector<std::uint8_t> bytes = read_bytes(path);
  const std::size_t record = layout.label_bytes + kImageBytes;
  require_file(!bytes.empty(), "{}: no images", path.string());
  require_file(bytes.size() % record == 0, "{}: {} bytes are no multiple of the {} that an image takes: truncated?",
               path.string(), bytes.size(), record);
  const std::size_t count = bytes.size() / record;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* start = bytes.data() + i * record;
    check_labels(path, layout, start, i);
    dataset.labels.push_back(start[layout.labels[chosen].byte]);
    dataset.pixels.insert(dataset.pixels.end(), start + layout.label_bytes, start + record);
  }
  return count;
}

/// All parts of a split are of one length: one that was cut between two images is noticed.
void read_split(const fs::path& folder, const CifarLayout& layout, std::size_t chosen, Split split,
                ImageDataset& dataset) {
  const auto& names = files_of(layout, split);
  std::size_t first = 0;
  for (const auto& name : names) {
    const fs::path path = folder / name;
    require_file(fs::is_regular_file(path), "{}: no {}, one of the {} files of {}", folder.string(), name,
                 split_name(split), layout.name);
    const std::size_t count = append_file(path, layout, chosen, dataset);
    if (name == names.front()) first = count;
    require_file(count == first, "{}: {} images, but {} has {}", path.string(), count, names.front(), first);
  }
  dataset.count = static_cast<std::int64_t>(dataset.labels.size());
}

std::vector<std::string> class_names(const fs::path& folder, const CifarLabel& label) {
  const fs::path path = folder / label.names;
  if (!fs::exists(path)) return numbered_classes(label.classes);
  std::vector<std::string> names;
  for (const auto& line : read_lines(path)) {
    if (!line.empty()) names.push_back(line);
  }
  require_file(static_cast<std::int64_t>(names.size()) == label.classes, "{}: {} names for {} classes", path.string(),
               names.size(), label.classes);
  return names;
}

void make_luma(ImageDataset& dataset) {
  std::vector<std::uint8_t> grey(static_cast<std::size_t>(dataset.count) * kArea);
  for (std::size_t i = 0; i < grey.size(); ++i) {
    const auto* red = dataset.pixels.data() + i / kArea * kImageBytes + i % kArea;
    grey[i] = luma(red[0], red[kArea], red[2 * kArea]);
  }
  dataset.pixels = std::move(grey);
  dataset.channels = 1;
}

/// SHA-256 of all files one behind the other in alphabetical order: `cat *.bin | sha256sum`.
std::string digest_of(const fs::path& folder, const CifarLayout& layout) {
  std::vector<fs::path> paths;
  for (const Split split : {Split::kTest, Split::kTrain}) {
    for (const auto& name : files_of(layout, split)) {
      if (fs::exists(folder / name)) paths.push_back(folder / name);
    }
  }
  std::sort(paths.begin(), paths.end());
  return sha256_of_files(paths);
}

}  // namespace

bool has_cifar_file(const fs::path& folder, const CifarLayout& layout) {
  const auto is_there = [&](const std::string& name) {
    std::error_code failure;
    return fs::is_regular_file(folder / name, failure);
  };
  return std::any_of(layout.train.begin(), layout.train.end(), is_there) ||
         std::any_of(layout.test.begin(), layout.test.end(), is_there);
}

ImageDataset load_cifar(const fs::path& folder, const CifarLayout& layout, std::size_t chosen, Split split,
                        const LoadOptions& options) {
  ImageDataset dataset;
  dataset.name = layout.name;
  dataset.channels = 3;
  dataset.height = dataset.width = kSide;
  read_split(folder, layout, chosen, split, dataset);
  require_two_classes(folder / files_of(layout, split).front(), dataset.labels);
  dataset.class_names = class_names(folder, layout.labels[chosen]);
  keep_chosen_rows(options, dataset);
  if (options.color == Color::kLuma) make_luma(dataset);
  dataset.sha256 = digest_of(folder, layout);
  return dataset;
}

}  // namespace equinfo
