#include "audit/shortcut_map.h"

#include <algorithm>
#include <cmath>

#include "audit/drawn_rows.h"
#include "audit/evidence.h"
#include "compute/parallel.h"

namespace equinfo {
namespace {

constexpr std::int64_t kTileSide = 4, kMostTiles = 8;

std::int64_t tiles_of(std::int64_t size) { return std::min(kMostTiles, (size + kTileSide - 1) / kTileSide); }

struct Tile {
  std::int64_t top, bottom, left, right;
};

Tile tile_of(std::int64_t k, std::int64_t height, std::int64_t width) {
  const std::int64_t down = tiles_of(height), across = tiles_of(width), row = k / across, column = k % across;
  return {row * height / down, (row + 1) * height / down, column * width / across, (column + 1) * width / across};
}

/// Sums and their roots of how far a tile's channels lie apart: its colour.
void add_colour(const ImageRows& images, std::int64_t i, const Tile& tile, std::vector<float>& features) {
  const auto image = images.image(i);
  const std::int64_t area = images.height * images.width;
  for (std::int64_t c = 0; c + 1 < images.channels; ++c) {
    float apart = 0.0F;
    for (std::int64_t row = tile.top; row < tile.bottom; ++row) {
      for (std::int64_t column = tile.left; column < tile.right; ++column) {
        const auto place = static_cast<std::size_t>(c * area + row * images.width + column);
        apart += static_cast<float>(std::abs(image[place] - image[place + static_cast<std::size_t>(area)]));
      }
    }
    features.push_back(apart);
    features.push_back(std::sqrt(apart));
  }
}

/// A tile's pixels, then the sum of its steps and its root, to the right and down, of each channel, then its colour.
std::vector<float> tile_features(const ImageRows& images, std::int64_t i, const Tile& tile) {
  std::vector<float> features;
  const auto image = images.image(i);
  for (std::int64_t c = 0; c < images.channels; ++c) {
    const auto pixel = [&](std::int64_t row, std::int64_t column) {
      const auto place = (c * images.height + std::min(row, images.height - 1)) * images.width;
      return static_cast<float>(image[static_cast<std::size_t>(place + std::min(column, images.width - 1))]);
    };
    float across = 0.0F, down = 0.0F;
    for (std::int64_t row = tile.top; row < tile.bottom; ++row) {
      for (std::int64_t column = tile.left; column < tile.right; ++column) {
        features.push_back(pixel(row, column));
        across += std::abs(pixel(row, column + 1) - pixel(row, column));
        down += std::abs(pixel(row + 1, column) - pixel(row, column));
      }
    }
    for (const float steps : {across, down}) {
      features.push_back(steps);
      features.push_back(std::sqrt(steps));
    }
  }
  add_colour(images, i, tile, features);
  return features;
}

double read_tile(const TransformedRows& data, const Tile& tile) {
  Matrix<float> features;
  for (std::int64_t i = 0; i < data.images.count; ++i) {
    const auto row = tile_features(data.images, i, tile);
    if (i == 0) features = Matrix<float>(data.images.count, static_cast<std::int64_t>(row.size()));
    std::ranges::copy(row, features.row(i).begin());
  }
  const auto information =
      information_of(unseen_class_evidence(standardised(features), data.rows, 0), data.rows.labels);
  double sum = 0.0;
  for (const double value : information) sum += value;
  return sum / static_cast<double>(information.size());
}

}  // namespace

Matrix<double> shortcut_map(const ImageRows& images, std::span<const std::int64_t> y, const AuditedTransform& transform,
                            std::int64_t most, const AuditOptions& options) {
  const auto chosen = spaced_images(images.count, most);
  std::vector<std::int64_t> classes;
  for (const std::int64_t i : chosen) classes.push_back(y[static_cast<std::size_t>(i)]);
  const TransformedRows data = transform_rows(select_images(images, chosen), classes, transform, options);
  Matrix<double> map(tiles_of(images.height), tiles_of(images.width));
  parallel_for(map.rows() * map.cols(), options.threads, [&](std::int64_t k) {
    map.data()[k] = read_tile(data, tile_of(k, data.images.height, data.images.width));
  });
  return map;
}

}  // namespace equinfo
