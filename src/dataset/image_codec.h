#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace equinfo {

/// What an image file says about itself.
struct ImageHeader {
  std::int64_t channels = 0;  ///< 1 grey, 3 colour; an alpha channel is not counted
  std::int64_t height = 0, width = 0;
};

/// One way to code an image. `name` is the file's name, for messages. Both functions throw IoError naming the file.
struct ImageCodec {
  bool (*recognises)(std::span<const std::uint8_t> bytes);
  ImageHeader (*read_header)(std::span<const std::uint8_t> bytes, const std::string& name);
  /// Fills `planes` [channels, height, width] with `channels` = 1 (grey or luma) or 3 (R, G, B).
  void (*decode)(std::span<const std::uint8_t> bytes, const std::string& name, std::int64_t channels,
                 std::span<std::uint8_t> planes);
};

extern const ImageCodec kJpeg;  // jpeg.cpp
extern const ImageCodec kPng;   // png.cpp

/// The codec of a file, recognised by its first bytes. Throws IoError if it is none.
const ImageCodec& codec_of(std::span<const std::uint8_t> bytes, const std::string& name);

/// Luma of ITU-R BT.601, Y = .299 R + .587 G + .114 B, rounded: libjpeg's fixed-point arithmetic.
constexpr std::uint8_t luma(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  return static_cast<std::uint8_t>((19595U * red + 38470U * green + 7471U * blue + 32768U) >> 16);
}

}  // namespace equinfo
