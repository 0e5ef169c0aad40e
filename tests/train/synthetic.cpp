#include "train/synthetic.h"

#include <fstream>

#include "core/random.h"

namespace {

constexpr std::int64_t kSize = 12;

void write_number(std::ofstream& file, std::int64_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(value >> shift & 255));
}

void write_split(const std::filesystem::path& folder, const std::string& stem, const equinfo::ImageDataset& images) {
  std::ofstream pixels(folder / (stem + "-images-idx3-ubyte"), std::ios::binary);
  for (const std::int64_t number : {std::int64_t{0x0803}, images.count, images.height, images.width}) {
    write_number(pixels, number);
  }
  pixels.write(reinterpret_cast<const char*>(images.pixels.data()), static_cast<std::streamsize>(images.pixels.size()));
  std::ofstream labels(folder / (stem + "-labels-idx1-ubyte"), std::ios::binary);
  write_number(labels, 0x0801);
  write_number(labels, images.count);
  for (const auto label : images.labels) labels.put(static_cast<char>(label));
}

}  // namespace

equinfo::ImageDataset synthetic_images(std::int64_t count, std::uint64_t seed) {
  equinfo::RandomStream noise(seed, "synthetic images");
  equinfo::ImageDataset images;
  images.count = count;
  images.channels = 1;
  images.height = images.width = kSize;
  images.class_names = {"flat", "sloped", "steep"};
  images.name = "synthetic";
  for (std::int64_t n = 0; n < count; ++n) {
    images.labels.push_back(n % 3);
    for (std::int64_t i = 0; i < kSize; ++i) {
      for (std::int64_t j = 0; j < kSize; ++j) {
        const auto slope = (n % 3 + 1) * (3 * i + j);
        images.pixels.push_back(static_cast<std::uint8_t>(20 + slope + noise.below(60)));
      }
    }
  }
  return images;
}

void write_synthetic_dataset(const std::filesystem::path& folder, std::int64_t train, std::int64_t test) {
  std::filesystem::create_directories(folder);
  write_split(folder, "train", synthetic_images(train, 1));
  write_split(folder, "t10k", synthetic_images(test, 2));
}

equinfo::TrainConfig tiny_config() {
  equinfo::TrainConfig config;
  config.encoder.width = 4;
  config.encoder.blocks = {1, 1};
  config.head_hidden = 8;
  config.train.epochs = 2;
  config.train.batch = 32;
  config.train.lr = 0.1;
  config.train.weight_decay = 0.01;
  return config;
}
