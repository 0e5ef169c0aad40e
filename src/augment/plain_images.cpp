#include "augment/plain_images.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include "augment/augment.h"
#include "core/random.h"
#include "transform/transform.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 512;

at::Generator generator_of(std::uint64_t seed, const std::string& purpose) {
  RandomStream stream(seed, purpose);
  return at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(stream.below(std::int64_t{1} << 62)));
}

at::Tensor tensor_of(const PlainImages& images) {
  const auto size = images.channels * images.height * images.width;
  // from_blob takes no const pointer; the memory is never written to.
  auto* pixels = const_cast<std::uint8_t*>(images.pixels.data());
  return at::from_blob(
      pixels, {static_cast<std::int64_t>(images.pixels.size()) / size, images.channels, images.height, images.width},
      at::TensorOptions(at::kByte));
}

at::Tensor numbers_of(std::span<const std::int64_t> values) {
  return at::from_blob(const_cast<std::int64_t*>(values.data()), {static_cast<std::int64_t>(values.size())},
                       at::TensorOptions(at::kLong));
}

void append(const at::Tensor& rows, std::vector<std::uint8_t>& bytes) {
  const auto packed = rows.contiguous();
  const auto* first = packed.data_ptr<std::uint8_t>();
  bytes.insert(bytes.end(), first, first + packed.numel());
}

/// Into how many parts each component of a continuous T is cut.
std::int64_t parts_of(const Transform& transform) { return transform.components.size() == 1 ? 4 : 2; }

/// Parameters [N, p] of a continuous T from its parts t [N] and uniform numbers [N, p]; the last component changes
/// fastest.
at::Tensor parameters(const Transform& transform, const at::Tensor& t, const at::Tensor& place) {
  const auto parts = parts_of(transform);
  auto rest = t.clone();
  auto result = at::empty(place.sizes(), at::TensorOptions(at::kDouble));
  for (auto c = static_cast<std::int64_t>(transform.components.size()) - 1; c >= 0; --c) {
    const auto& component = transform.components[static_cast<std::size_t>(c)];
    const auto part = rest.remainder(parts).to(at::kDouble);
    rest = at::floor_divide(rest, parts);
    const auto share = (part + place.select(1, c)) / static_cast<double>(parts);
    result.select(1, c).copy_(component.low + share * (component.high - component.low));
  }
  return result;
}

}  // namespace

std::vector<std::string> plain_values(const std::string& name) {
  const Transform transform = find_transform(name);
  if (!transform.continuous()) return transform.values;
  const auto parts = parts_of(transform);
  std::vector<std::string> values{""};
  for (const auto& component : transform.components) {
    std::vector<std::string> longer;
    for (const auto& begun : values) {
      for (std::int64_t part = 0; part < parts; ++part) {
        const double width = (component.high - component.low) / static_cast<double>(parts);
        const double low = component.low + width * static_cast<double>(part);
        longer.push_back(
            fmt::format("{}{}{} {:.3g}…{:.3g}", begun, begun.empty() ? "" : ", ", component.name, low, low + width));
      }
    }
    values = std::move(longer);
  }
  return values;
}

std::vector<std::uint8_t> transform_plainly(const std::string& name, const PlainImages& images,
                                            std::span<const std::int64_t> number, std::span<const std::int64_t> t,
                                            std::uint64_t seed) {
  const Transform transform = find_transform(name);
  const auto pixels = tensor_of(images), numbers = numbers_of(number), labels = numbers_of(t);
  const auto rows = labels.size(0);
  auto noise_generator = generator_of(seed, "plain noise"), place_generator = generator_of(seed, "plain parameters");
  const auto noise = transform.draw_noise(rows, noise_generator);
  const auto components = static_cast<std::int64_t>(transform.components.size());
  const auto place = at::rand({rows, components}, place_generator, at::TensorOptions(at::kDouble));
  const auto values = transform.continuous() ? parameters(transform, labels, place) : labels;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(static_cast<std::size_t>(rows * pixels.size(1) * pixels.size(2) * pixels.size(3)));
  for (std::int64_t first = 0; first < rows; first += kBlockRows) {
    const auto count = std::min(kBlockRows, rows - first);
    append(transform.apply(pixels.index_select(0, numbers.narrow(0, first, count)), values.narrow(0, first, count),
                           noise.narrow(0, first, count)),
           bytes);
  }
  return bytes;
}

std::vector<std::uint8_t> augment_plainly(const std::string& name, const PlainImages& images, std::uint64_t seed) {
  const Augment& augment = find_augment(name);
  AugmentOptions options;
  options.height = images.height;
  options.width = images.width;
  const auto pixels = tensor_of(images);
  auto generator = generator_of(seed, "plain augmentation");
  const auto draws = augment.draw(pixels.size(0), options, generator);
  std::vector<std::uint8_t> bytes;
  for (std::int64_t first = 0; first < pixels.size(0); first += kBlockRows) {
    const auto count = std::min(kBlockRows, pixels.size(0) - first);
    append(augment.apply(pixels.narrow(0, first, count), draws.narrow(0, first, count), options), bytes);
  }
  return bytes;
}

}  // namespace equinfo
