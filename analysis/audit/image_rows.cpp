#include "audit/image_rows.h"

#include <algorithm>

namespace equinfo {

ImageRows blank_images(const ImageRows& like, std::int64_t count) {
  ImageRows images{{}, count, like.channels, like.height, like.width};
  images.pixels.resize(static_cast<std::size_t>(count * like.image_size()));
  return images;
}

ImageRows select_images(const ImageRows& images, std::span<const std::int64_t> numbers) {
  ImageRows chosen = blank_images(images, static_cast<std::int64_t>(numbers.size()));
  for (std::int64_t i = 0; i < chosen.count; ++i) {
    std::ranges::copy(images.image(numbers[static_cast<std::size_t>(i)]), chosen.image(i).begin());
  }
  return chosen;
}

ImagePlanes::ImagePlanes(const ImageRows& images, std::int64_t i) : bytes_(images.image(i)) {
  const std::int64_t area = images.height * images.width;
  for (std::int64_t c = 0; c < images.channels; ++c) {
    channels_.emplace_back(images.height, images.width);
    for (std::int64_t k = 0; k < area; ++k) {
      channels_.back().data()[k] = static_cast<float>(bytes_[static_cast<std::size_t>(c * area + k)]);
    }
  }
  if (images.channels != 3) return;
  for (int plane = 0; plane < 3; ++plane) opponent_.emplace_back(images.height, images.width);
  const float *red = channels_[0].data(), *green = channels_[1].data(), *blue = channels_[2].data();
  for (std::int64_t k = 0; k < area; ++k) {
    const float luma = 0.299F * red[k] + 0.587F * green[k] + 0.114F * blue[k];
    opponent_[0].data()[k] = luma;
    opponent_[1].data()[k] = (blue[k] - luma) / 1.772F;
    opponent_[2].data()[k] = (red[k] - luma) / 1.402F;
  }
}

}  // namespace equinfo
