#include <cstdlib>
#include <filesystem>

#include "core/error.h"
#include "dataset/image_codec.h"
#include "dataset/image_files.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

/// The planes [channels, height, width] of a file.
Bytes decode(const std::filesystem::path& path, std::int64_t channels) {
  const Bytes bytes = read_bytes(path);
  const ImageCodec& codec = codec_of(bytes, "image");
  const ImageHeader header = codec.read_header(bytes, "image");
  Bytes planes(static_cast<std::size_t>(channels * header.height * header.width));
  codec.decode(bytes, "image", channels, planes);
  return planes;
}

std::int64_t channels_of(const std::filesystem::path& path) {
  const Bytes bytes = read_bytes(path);
  return codec_of(bytes, "image").read_header(bytes, "image").channels;
}

}  // namespace

TEST_CASE("luma is .299 R + .587 G + .114 B, rounded") {
  CHECK(luma(200, 30, 60) == 84);  // 84.25
  CHECK(luma(255, 0, 0) == 76);    // 76.245
  CHECK(luma(0, 255, 0) == 150);   // 149.685
  CHECK(luma(0, 0, 255) == 29);    // 29.07
  CHECK(luma(255, 255, 255) == 255);
}

TEST_CASE("PNG: RGB samples become planes, exactly") {
  const TemporaryFolder folder;
  write_png(folder / "a.png", {3, 2, 2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}});
  CHECK(channels_of(folder / "a.png") == 3);
  CHECK(decode(folder / "a.png", 3) == Bytes{1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12});
  CHECK(decode(folder / "a.png", 1) == Bytes{luma(1, 2, 3), luma(4, 5, 6), luma(7, 8, 9), luma(10, 11, 12)});
}

TEST_CASE("PNG: grey, 16 bits, palette and opaque alpha become 8-bit grey or RGB") {
  const TemporaryFolder folder;
  write_png(folder / "grey.png", {1, 1, 3, {7, 8, 9}});
  CHECK(channels_of(folder / "grey.png") == 1);
  CHECK(decode(folder / "grey.png", 3) == Bytes{7, 8, 9, 7, 8, 9, 7, 8, 9});
  // 16 to 8 bits is v · 255 / 65535, rounded: 0x1234 → 18.13, 0x80FF → 128.5.
  write_png(folder / "deep.png", {1, 1, 2, {0x12, 0x34, 0xFF, 0xFF}}, 16);
  CHECK(decode(folder / "deep.png", 1) == Bytes{18, 255});
  write_palette_png(folder / "palette.png", {1, 1, 3, {1, 0, 1}}, {{10, 20, 30}, {40, 50, 60}});
  CHECK(channels_of(folder / "palette.png") == 3);
  CHECK(decode(folder / "palette.png", 3) == Bytes{40, 10, 40, 50, 20, 50, 60, 30, 60});
  write_png(folder / "alpha.png", {2, 1, 2, {5, 255, 6, 255}});
  CHECK(channels_of(folder / "alpha.png") == 1);
  CHECK(decode(folder / "alpha.png", 1) == Bytes{5, 6});
  write_png(folder / "rgba.png", {4, 1, 1, {5, 6, 7, 255}});
  CHECK(decode(folder / "rgba.png", 3) == Bytes{5, 6, 7});
}

TEST_CASE("JPEG: a grey value is exact, a colour within one step, luma that of the colour") {
  const TemporaryFolder folder;
  write_jpeg(folder / "grey.jpg", plain({77}));
  CHECK(channels_of(folder / "grey.jpg") == 1);
  CHECK(decode(folder / "grey.jpg", 1) == Bytes(64, 77));
  CHECK(decode(folder / "grey.jpg", 3) == Bytes(3 * 64, 77));
  write_jpeg(folder / "color.jpg", plain({200, 30, 60}));
  CHECK(channels_of(folder / "color.jpg") == 3);
  const Bytes planes = decode(folder / "color.jpg", 3);
  // The coded Y, Cb, Cr are rounded to integers, which moves R, G and B by at most 2.
  CHECK(std::abs(planes[0] - 200) <= 2);
  CHECK(std::abs(planes[64] - 30) <= 2);
  CHECK(std::abs(planes[128] - 60) <= 2);
  CHECK(decode(folder / "color.jpg", 1) == Bytes(64, 84));
}

TEST_CASE("a codec refuses a buffer of another size") {
  const TemporaryFolder folder;
  write_jpeg(folder / "a.jpg", plain({77}));
  write_png(folder / "a.png", plain({77}));
  for (const char* name : {"a.jpg", "a.png"}) {
    const Bytes bytes = read_bytes(folder / name);
    Bytes planes(63);
    CHECK_THROWS_WITH_AS(codec_of(bytes, "image").decode(bytes, "image", 1, planes),
                         "image: 1 x 8 x 8 does not fill 63 bytes", std::invalid_argument);
  }
}
