#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace equinfo {

/// What a JPEG file loses: its quantisation tables, in natural order, and by how much chroma is coarser than luma.
struct JpegCoding {
  std::array<std::uint16_t, 64> luma{}, chroma{};
  int across = 1, down = 1;  ///< pixels that share a chroma sample: 2 and 2 for 4:2:0

  bool operator==(const JpegCoding&) const = default;
};

/// The coding of a file's bytes; nothing if they are no JPEG. A grey file's chroma table is its luma table.
std::optional<JpegCoding> jpeg_coding_of(std::span<const std::uint8_t> bytes);

/// libjpeg's own tables at a quality from 1 to 100.
JpegCoding jpeg_coding_of_quality(int quality, int across, int down);

/// Codes an image and decodes it again: `planes` [channels, height, width] with 1 channel (grey) or 3 (R, G, B), in
/// place. Throws std::invalid_argument for another number of channels or of bytes.
void recode_as_jpeg(std::span<std::uint8_t> planes, std::int64_t channels, std::int64_t height, std::int64_t width,
                    const JpegCoding& coding);

}  // namespace equinfo
