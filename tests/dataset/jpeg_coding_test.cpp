// What a JPEG file loses, read from it and done again.

#include <algorithm>
#include <cmath>

#include "dataset/image_files.h"
#include "dataset/jpeg_coding.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

TEST_CASE("the coding of a file is read back: quality 100 has tables of ones") {
  const TemporaryFolder folder;
  write_jpeg(folder / "a.jpg", plain({200, 40, 90}, 16, 16));
  const auto coding = jpeg_coding_of(read_bytes(folder / "a.jpg"));
  REQUIRE(coding.has_value());
  CHECK(std::ranges::count(coding->luma, 1) == 64);
  CHECK(std::ranges::count(coding->chroma, 1) == 64);
  write_png(folder / "b.png", plain({7}, 4, 4));
  CHECK_FALSE(jpeg_coding_of(read_bytes(folder / "b.png")).has_value());
  CHECK_FALSE(jpeg_coding_of(Bytes{0xFF, 0xD8, 0xFF, 0xE0}).has_value());  // cut off behind its first bytes
}

TEST_CASE("libjpeg's tables: quality 50 is Annex K's, and what is coarser") {
  const JpegCoding coding = jpeg_coding_of_quality(50, 2, 2);
  CHECK(coding.luma[0] == 16);  // ITU-T T.81, table K.1
  CHECK(coding.luma[63] == 99);
  CHECK(coding.chroma[0] == 17);  // table K.2
  CHECK(coding.across == 2);
  CHECK(jpeg_coding_of_quality(100, 1, 1).luma[63] == 1);
}

TEST_CASE("coding again keeps flat images, coarse chroma blurs an edge of colour and no edge of grey") {
  const auto edge = [](std::uint8_t left, std::uint8_t right) {
    Bytes plane;
    for (int k = 0; k < 16 * 16; ++k) plane.push_back(k % 16 < 7 ? left : right);
    return plane;
  };
  const auto largest_change = [](const Bytes& a, const Bytes& b) {
    int largest = 0;
    for (std::size_t k = 0; k < a.size(); ++k) largest = std::max(largest, std::abs(a[k] - b[k]));
    return largest;
  };
  Bytes flat(3 * 256, 90);
  recode_as_jpeg(flat, 3, 16, 16, jpeg_coding_of_quality(75, 2, 2));
  CHECK(largest_change(flat, Bytes(3 * 256, 90)) <= 1);
  // Red and green of equal luma: 0.299 · 200 = 0.587 · 102 to a grey level.
  Bytes red = edge(200, 0);
  for (const std::uint8_t value : edge(0, 102)) red.push_back(value);
  red.resize(3 * 256, 0);
  Bytes fine = red, coarse = red;
  recode_as_jpeg(fine, 3, 16, 16, jpeg_coding_of_quality(100, 1, 1));
  recode_as_jpeg(coarse, 3, 16, 16, jpeg_coding_of_quality(100, 2, 2));
  CHECK(largest_change(red, fine) <= 4);
  CHECK(largest_change(red, coarse) >= 20);
  CHECK_THROWS_WITH_AS(recode_as_jpeg(coarse, 2, 16, 16, {}), "jpeg: 2 channels; 1 or 3 can be coded",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(recode_as_jpeg(coarse, 3, 16, 17, {}), "jpeg: 768 bytes for 3 x 16 x 17", std::invalid_argument);
}
