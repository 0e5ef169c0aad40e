#include "train/images.h"

#include "core/error.h"

namespace equinfo {

ImageShape image_shape(const DeviceImages& images) {
  return {images.pixels.size(1), images.pixels.size(2), images.pixels.size(3)};
}

DeviceImages to_device(const ImageDataset& images, torch::Device device) {
  // from_blob takes no const pointer; the memory is copied and never written to.
  auto* pixels = const_cast<std::uint8_t*>(images.pixels.data());
  auto* labels = const_cast<std::int64_t*>(images.labels.data());
  return {torch::from_blob(pixels, {images.count, images.channels, images.height, images.width}, torch::kUInt8)
              .clone()
              .to(device),
          torch::from_blob(labels, {images.count}, torch::kInt64).clone().to(device)};
}

PixelScale::PixelScale(std::int64_t channels, const std::vector<double>& mean, const std::vector<double>& std,
                       torch::Device device) {
  const auto given = static_cast<std::int64_t>(mean.size());
  require(given == 0 || given == channels, "numbers in dataset.mean: {}, but channels of the images: {}", given,
          channels);
  auto factor = torch::full({1, channels, 1, 1}, 1.0 / 255.0, torch::kDouble);
  auto offset = torch::zeros({1, channels, 1, 1}, torch::kDouble);
  for (std::int64_t c = 0; c < given; ++c) {
    const auto i = static_cast<std::size_t>(c);
    factor.select(1, c).fill_(1.0 / (255.0 * std[i]));
    offset.select(1, c).fill_(-mean[i] / std[i]);
  }
  factor_ = factor.to(device, torch::kFloat);
  offset_ = offset.to(device, torch::kFloat);
}

torch::Tensor PixelScale::operator()(const torch::Tensor& pixels) const {
  return pixels.to(pixels.options().dtype(torch::kFloat), false, false, at::MemoryFormat::ChannelsLast)
      .mul_(factor_)
      .add_(offset_);
}

}  // namespace equinfo
