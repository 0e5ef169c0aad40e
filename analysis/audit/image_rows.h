#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/matrix.h"

namespace equinfo {

/// Images of one size, one a row; bytes as in ImageDataset.
struct ImageRows {
  std::vector<std::uint8_t> pixels;  ///< [count, channels, height, width]; 3 channels are R, G, B
  std::int64_t count = 0, channels = 0, height = 0, width = 0;

  std::int64_t image_size() const { return channels * height * width; }
  std::span<const std::uint8_t> image(std::int64_t i) const {
    return std::span(pixels).subspan(static_cast<std::size_t>(i * image_size()),
                                     static_cast<std::size_t>(image_size()));
  }
  std::span<std::uint8_t> image(std::int64_t i) {
    return std::span(pixels).subspan(static_cast<std::size_t>(i * image_size()),
                                     static_cast<std::size_t>(image_size()));
  }
};

/// `count` black images of the shape of `like`.
ImageRows blank_images(const ImageRows& like, std::int64_t count);
/// The images of the given numbers, in that order.
ImageRows select_images(const ImageRows& images, std::span<const std::int64_t> numbers);

/// One image taken apart into planes of floats in 0 … 255: its channels, and for the views of marks and frequencies
/// luma and both chroma of R, G, B (ITU-R BT.601, chroma about 0). Other images have only their channels.
class ImagePlanes {
 public:
  ImagePlanes(const ImageRows& images, std::int64_t i);

  const std::vector<Matrix<float>>& channels() const { return channels_; }
  const std::vector<Matrix<float>>& luma_and_chroma() const { return opponent_.empty() ? channels_ : opponent_; }
  std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::vector<Matrix<float>> channels_, opponent_;
};

}  // namespace equinfo
