#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace equinfo {

/// Images in plain memory, for those who do without tensors.
struct PlainImages {
  std::span<const std::uint8_t> pixels;  ///< [N, channels, height, width]
  std::int64_t channels = 0, height = 0, width = 0;
};

/// The values that a transformation's label tells apart. A discrete T has its own; a continuous one is cut into equal
/// parts of each component's range: four of a single component, two each of several.
std::vector<std::string> plain_values(const std::string& transform);

/// Applies a transformation by name: row k is image number[k] under value t[k] of plain_values. What the
/// transformation needs of chance besides, and where in its part a continuous T lies, comes from the seed and depends
/// on the row alone. Returns bytes [rows, channels, height, width]. Throws std::invalid_argument as find_transform, or
/// for images that cannot be transformed.
std::vector<std::uint8_t> transform_plainly(const std::string& transform, const PlainImages& images,
                                            std::span<const std::int64_t> number, std::span<const std::int64_t> t,
                                            std::uint64_t seed);

/// Applies a base augmentation by name with its default options, one draw an image. Throws std::invalid_argument for an
/// unknown name.
std::vector<std::uint8_t> augment_plainly(const std::string& augment, const PlainImages& images, std::uint64_t seed);

}  // namespace equinfo
