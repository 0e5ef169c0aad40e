#include "transform/colour.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace equinfo {

at::Tensor luma_of(const at::Tensor& images) {
  const auto channels = images.size(1);
  require(channels == 1 || channels == 3, "images have {} channels, but colours need 1 or 3", channels);
  if (channels == 1) return images;
  // Multiples of 2^−16: for whole numbers up to 255 these sums are exact.
  return (images.narrow(1, 0, 1) * (19595.0 / 65536))
      .add_(images.narrow(1, 1, 1), 38470.0 / 65536)
      .add_(images.narrow(1, 2, 1), 7471.0 / 65536);
}

at::Tensor blend(const at::Tensor& images, const at::Tensor& other, const at::Tensor& factors) {
  return at::addcmul(other * (1.0 - factors), images, factors).clamp_(0.0, 255.0);
}

/// With V and m the greatest and smallest channel and h the hue in sextants, channel n ∈ {5, 3, 1} of R, G, B is
/// V − (V − m) · max(0, min(k, 4 − k, 1)), k = (n + h) mod 6.
at::Tensor turn_hue(const at::Tensor& images, const at::Tensor& turns) {
  if (images.size(1) == 1) return images;
  const auto red = images.narrow(1, 0, 1), green = images.narrow(1, 1, 1), blue = images.narrow(1, 2, 1);
  const auto greatest = images.amax(1, true), spread = greatest - images.amin(1, true);
  const auto divisor = spread.clamp_min(1e-6);
  const auto sextant = at::where(
      greatest.eq(red), (green - blue).div_(divisor),
      at::where(greatest.eq(green), (blue - red).div_(divisor).add_(2.0), (red - green).div_(divisor).add_(4.0)));
  const auto first = 5 - 2 * at::arange(3, images.options()).view({1, 3, 1, 1});
  const auto k = (sextant.add_(turns * 6.0) + first).remainder_(6.0);
  return at::addcmul(greatest, at::minimum(k, 4.0 - k).clamp_(0.0, 1.0), spread, -1.0);
}

}  // namespace equinfo
