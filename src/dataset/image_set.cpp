#include "dataset/image_set.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/progress.h"
#include "dataset/image_codec.h"
#include "dataset/subset.h"
#include "dataset/threads.h"

namespace equinfo {
namespace {

/// More pixels than any dataset this project is meant for; a broken header may claim anything.
constexpr std::int64_t kLargestSide = 8192;

Split other(Split split) { return split == Split::kTrain ? Split::kTest : Split::kTrain; }

struct Chosen {
  std::string name;
  const std::function<Bytes()>* read;
};

void check_size(const std::string& name, const ImageHeader& header) {
  require_file(header.height >= 1 && header.height <= kLargestSide && header.width >= 1 && header.width <= kLargestSide,
               "{}: {} x {} pixels, but each side may have 1 to {}", name, header.height, header.width, kLargestSide);
}

/// The one size of all images and 3 channels if any has 3 (1 otherwise).
ImageHeader common_header(const std::vector<Chosen>& images, const std::vector<ImageHeader>& headers) {
  ImageHeader common = headers.front();
  for (std::size_t i = 0; i < images.size(); ++i) {
    require_file(headers[i].height == common.height && headers[i].width == common.width,
                 "{}: {} x {} pixels, but {} has {} x {}; all images must have one size", images[i].name,
                 headers[i].height, headers[i].width, images.front().name, common.height, common.width);
    common.channels = std::max(common.channels, headers[i].channels);
  }
  return common;
}

/// Reads headers first: sizes are checked and the memory for all pixels is taken before any image is decoded.
void decode_all(const std::vector<Chosen>& images, const LoadOptions& options, ImageDataset& dataset) {
  const auto count = static_cast<std::int64_t>(images.size());
  std::vector<ImageHeader> headers(images.size());
  for_each_index(count, options.threads, [&](std::int64_t i) {
    const auto& image = images[static_cast<std::size_t>(i)];
    const Bytes bytes = (*image.read)();
    headers[static_cast<std::size_t>(i)] = codec_of(bytes, image.name).read_header(bytes, image.name);
    check_size(image.name, headers[static_cast<std::size_t>(i)]);
  });
  const ImageHeader common = common_header(images, headers);
  dataset.count = count;
  dataset.height = common.height;
  dataset.width = common.width;
  dataset.channels = options.color == Color::kAsStored ? common.channels : (options.color == Color::kLuma ? 1 : 3);
  const auto size = static_cast<std::size_t>(dataset.channels * dataset.height * dataset.width);
  dataset.pixels.resize(size * images.size());
  Progress progress("images", count, "images");
  for_each_index(count, options.threads, [&](std::int64_t i) {
    const auto& image = images[static_cast<std::size_t>(i)];
    const Bytes bytes = (*image.read)();
    codec_of(bytes, image.name)
        .decode(bytes, image.name, dataset.channels,
                std::span(dataset.pixels).subspan(static_cast<std::size_t>(i) * size, size));
    progress.advance();
  });
}

}  // namespace

void ImageSet::add_class(Split split, const std::string& class_name) { classes(split)[class_name]; }

void ImageSet::add_image(Split split, const std::string& class_name, const std::string& name,
                         std::function<Bytes()> read) {
  classes(split)[class_name].push_back({name, std::move(read)});
}

void ImageSet::check_classes(Split split) const {
  const Classes &own = classes(split), &others = classes(other(split));
  require_file(!own.empty(), "{}: no folder {}/<class>/ with images", origin_, split_name(split));
  for (const auto& [name, images] : own) {
    require_file(!images.empty(), "{}: class folder {}/{} has no images", origin_, split_name(split), name);
    require_file(others.empty() || others.contains(name), "{}: class {} is in {}/ but not in {}/", origin_, name,
                 split_name(split), split_name(other(split)));
  }
  for (const auto& [name, images] : others) {
    require_file(own.contains(name), "{}: class {} is in {}/ but not in {}/", origin_, name, split_name(other(split)),
                 split_name(split));
  }
  require_file(own.size() >= 2, "{}: {}/ has a single class, {}; at least two are needed", origin_, split_name(split),
               own.begin()->first);
}

ImageDataset ImageSet::decode(Split split, const LoadOptions& options) const {
  check_classes(split);
  ImageDataset dataset;
  std::vector<const Image*> images;
  std::vector<std::int64_t> labels;
  for (const auto& [name, members] : classes(split)) {
    const auto first = static_cast<std::ptrdiff_t>(images.size());
    for (const auto& image : members) images.push_back(&image);
    std::sort(images.begin() + first, images.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    labels.resize(images.size(), static_cast<std::int64_t>(dataset.class_names.size()));
    dataset.class_names.push_back(name);
  }
  std::vector<Chosen> chosen;
  const auto classes = static_cast<std::int64_t>(dataset.class_names.size());
  for (const std::int64_t row : balanced_subset(labels, classes, options.limit, options.seed)) {
    const auto i = static_cast<std::size_t>(row);
    chosen.push_back({fmt::format("{}: {}", origin_, images[i]->name), &images[i]->read});
    dataset.labels.push_back(labels[i]);
  }
  decode_all(chosen, options, dataset);
  dataset.jpeg = jpeg_coding_of((*chosen.front().read)());
  return dataset;
}

bool is_side_file(const std::string& name) {
  constexpr std::array<const char*, 5> kNotes{".txt", ".csv", ".json", ".md", ".xml"};
  const std::filesystem::path path(name);
  const std::string extension = path.extension().string();
  return path.filename().string().starts_with('.') ||
         std::any_of(kNotes.begin(), kNotes.end(), [&](const char* note) { return extension == note; });
}

}  // namespace equinfo
