// Each view on images small enough to count by hand.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "audit/filter_bank.h"
#include "audit/glyphs.h"
#include "audit/spectrum.h"
#include "audit/surrogate.h"
#include "audit/view.h"

#include <doctest/doctest.h>

using namespace equinfo;
using namespace equinfo::testing;

namespace {

ImageRows grey_image(std::int64_t side, const std::function<int(std::int64_t, std::int64_t)>& value) {
  ImageRows image = blank_images({{}, 0, 1, side, side}, 1);
  for (std::int64_t k = 0; k < side * side; ++k) {
    image.pixels[static_cast<std::size_t>(k)] = static_cast<std::uint8_t>(value(k / side, k % side));
  }
  return image;
}

std::vector<float> features_of(const std::string& view, const ImageRows& images, std::int64_t i = 0) {
  const Matrix<float> features = read_view(find_view(view).bind(images, {}), images, 1);
  return {features.row(i).begin(), features.row(i).end()};
}

float log_of(double magnitude) { return static_cast<float>(std::log(magnitude + 0.01)); }

}  // namespace

TEST_CASE("level: quantiles, moments, ends and histogram of half black, half white") {
  const auto level = features_of("level", grey_image(8, [](auto row, auto) { return row < 4 ? 0 : 255; }));
  REQUIRE(level.size() == 29);
  for (std::size_t q = 0; q <= 5; ++q) CHECK(level[q] == 0.0F);  // up to the median, which half the pixels reach
  for (std::size_t q = 6; q <= 10; ++q) CHECK(level[q] == 255.0F);
  CHECK(level[11] == 127.5F);
  CHECK(level[12] == 127.5F);
  CHECK(level[13] == log_of(127.5));
  CHECK(level[14] == 0.0F);  // symmetric
  CHECK(level[15] == 0.5F);  // at 0
  CHECK(level[16] == 0.5F);  // at 255
  CHECK(level[17] == 0.5F);  // first of 12 bins
  CHECK(level[28] == 0.5F);  // last
}

TEST_CASE("level: not a bit changes when pixels move") {
  GlyphOptions options;
  options.channels = 3;
  options.classes = 2;
  options.per_class = 2;
  ImageRows images = glyphs(options).images, moved = images;
  turn_over(moved, 0);
  mirror(moved, 1);
  CHECK(features_of("level", images, 0) == features_of("level", moved, 0));
  CHECK(features_of("level", images, 1) == features_of("level", moved, 1));
}

TEST_CASE("level: differences of channels vanish in grey images alone") {
  GlyphOptions options;
  options.channels = 3;
  options.classes = 1;
  options.per_class = 1;
  ImageRows image = glyphs(options).images;
  const auto coloured = features_of("level", image);
  REQUIRE(coloured.size() == 3 * 29 + 3 * 3);
  remove_colour(image, 0);
  const auto grey = features_of("level", image);
  for (std::size_t pair = 0; pair < 3; ++pair) {
    const std::size_t first = 3 * 29 + 3 * pair;
    CHECK(coloured[first + 1] > 1.0F);
    CHECK(grey[first] == 0.0F);
    CHECK(grey[first + 1] == 0.0F);
    CHECK(grey[first + 2] == log_of(0.0));
  }
}

TEST_CASE("border: steps of each side from outside inwards, and corners against what is around them") {
  // Lines 0, 1, 2, 3 from the top are 0, 10, 40, 40 and so on; the top left pixel is 50.
  const int lines[] = {0, 10, 40, 40, 40, 40, 40, 40};
  const auto image = grey_image(8, [&](auto row, auto column) { return row + column == 0 ? 50 : lines[row]; });
  const auto border = features_of("border", image);
  REQUIRE(border.size() == 4 * 10 + 16 + 16 + 4 * 3);
  CHECK(border[0] == log_of((7 * 10.0 + 40.0) / 8.0));  // mean |x0 − x1| at the top
  CHECK(border[1] == log_of(10.0));                     // its median
  CHECK(border[2] == log_of(30.0));
  CHECK(border[4] == log_of(0.0));
  CHECK(border[6] == 7.0F / 8.0F);  // black pixels of the outermost line
  CHECK(border[7] == 0.0F);
  CHECK(border[8] == log_of(50.0 / 7.0));          // roughness along it
  CHECK(border[9] == (7 * 20.0F + 70.0F) / 8.0F);  // |x0 + x2 − 2 x1|
  CHECK(border[40] == 50.0F - 10.0F);              // the corner less the median of its 3 × 3
  CHECK(border[41] == 0.0F - 10.0F);
  CHECK(border[56] == 50.0F);         // the corner itself
  CHECK(border[72] == 50.0F / 8.0F);  // mean of the top line
}

TEST_CASE("frequency: a wave's energy lies in the bin of its period and direction, and turns with it") {
  const auto wave = [](auto, auto column) {
    return static_cast<int>(128 + 100 * std::cos(std::numbers::pi * column / 2.0));
  };
  const auto across = features_of("frequency", grey_image(16, wave));
  const auto down = features_of("frequency", grey_image(16, [&](auto row, auto column) { return wave(column, row); }));
  REQUIRE(across.size() == 32 + 16 + 1);
  // A quarter of a cycle a pixel is the fifth of eight radii; direction 0 lies along a line, 2 across the lines.
  const auto largest = [](const auto& features) {
    return std::max_element(features.begin(), features.begin() + 32) - features.begin();
  };
  CHECK(largest(across) == 4 * 4 + 0);
  CHECK(largest(down) == 4 * 4 + 2);
  CHECK(across[16] == doctest::Approx(down[18]).epsilon(1e-4));
}

TEST_CASE("frequency: steps that repeat every eight pixels stand out at their place") {
  // Blocks of eight equal columns: the step between columns 7 and 8 is 80, all others are 0.
  const auto blocks = features_of("frequency", grey_image(24, [](auto, auto column) { return column / 8 * 80; }));
  const std::size_t along = 32 + 8;
  CHECK(blocks[along + 7] == 80.0F);
  CHECK(blocks[along + 6] == -40.0F);
  CHECK(blocks[along + 0] == -40.0F);
  CHECK(blocks[along + 3] == 0.0F);
  for (std::size_t k = 0; k < 8; ++k) CHECK(blocks[32 + k] == 0.0F);  // none down the image
}

TEST_CASE("a spectrum holds the energy of its plane") {
  // Parseval: Σ |F|² / (h w) = Σ (p − mean)². Columns 1 … w/2 − 1 stand for their mirror images too.
  const ImageRows image = glyphs({}).images;
  const ImagePlanes planes(image, 0);
  const Matrix<float>& plane = planes.channels()[0];
  const Matrix<float> power = Spectrum(16, 16, false).power(plane);
  double energy = 0.0, sum = 0.0, squares = 0.0;
  for (std::int64_t u = 0; u < 16; ++u) {
    for (std::int64_t v = 0; v <= 8; ++v) energy += (v == 0 || v == 8 ? 1.0 : 2.0) * power(u, v);
  }
  for (std::int64_t k = 0; k < 256; ++k) {
    sum += plane.data()[k];
    squares += static_cast<double>(plane.data()[k]) * plane.data()[k];
  }
  CHECK(energy == doctest::Approx(squares - sum * sum / 256.0).epsilon(1e-5));
}

TEST_CASE("thumbnail: means of the cells") {
  const auto cells = features_of("thumbnail", grey_image(16, [](auto row, auto column) { return row * 16 + column; }));
  REQUIRE(cells.size() == 64);
  CHECK(cells[0] == (0 + 1 + 16 + 17) / 4.0F);
  CHECK(cells[63] == (238 + 239 + 254 + 255) / 4.0F);
}

TEST_CASE("filters pooled over the whole image do not care which half is which, parts do") {
  const ImageRows images = glyphs({}).images;
  const FilterBank bank = FilterBank::from_images(images, 5, 3);
  CHECK(bank.dims(1) == 10);
  CHECK(bank.dims(2) == 40);
  // Left and right halves exchanged, with a flat seam so that no new patch appears: 4 columns of 128 on both sides.
  const auto halves = [](bool exchanged) {
    return grey_image(24, [exchanged](auto row, auto column) {
      const auto c = exchanged ? (column + 12) % 24 : column;
      return c < 4 || c >= 20 || (c >= 8 && c < 16) ? 128 : (c < 8 ? 40 + 20 * static_cast<int>(row % 3) : 250);
    });
  };
  std::vector<float> bag(10), bag_exchanged(10), parts(40), parts_exchanged(40);
  bank.read(ImagePlanes(halves(false), 0), 1, bag);
  bank.read(ImagePlanes(halves(true), 0), 1, bag_exchanged);
  bank.read(ImagePlanes(halves(false), 0), 2, parts);
  bank.read(ImagePlanes(halves(true), 0), 2, parts_exchanged);
  for (std::size_t k = 0; k < bag.size(); ++k) CHECK(bag[k] == doctest::Approx(bag_exchanged[k]).epsilon(1e-4));
  CHECK(parts != parts_exchanged);
}

TEST_CASE("surrogates have each image's mean and deviation and the data's colours, and no content") {
  GlyphOptions options;
  options.channels = 3;
  options.noise = 8.0;
  ImageRows images = glyphs(options).images;
  for (std::int64_t i = 0; i < images.count; ++i) remove_colour(images, i);
  const ImageRows fields = surrogate_images(images, 5, 1);
  CHECK(fields.count == images.count);
  const auto mean_of = [](std::span<const std::uint8_t> plane) {
    double sum = 0.0;
    for (const auto value : plane) sum += value;
    return sum / static_cast<double>(plane.size());
  };
  for (std::int64_t i = 0; i < images.count; i += 37) {
    const std::span<const std::uint8_t> field = fields.image(i), image = images.image(i);
    CHECK(
        std::ranges::equal(field.subspan(0, 256), field.subspan(256, 256)));  // grey stays grey: a singular covariance
    // Rounding and the ends of the range move a mean by little.
    CHECK(std::abs(mean_of(field.subspan(0, 256)) - mean_of(image.subspan(0, 256))) < 6.0);
  }
  CHECK(surrogate_images(images, 5, 3).pixels == fields.pixels);
  CHECK(surrogate_images(images, 6, 1).pixels != fields.pixels);
}

TEST_CASE("an unknown view is named with the nearest known one") {
  CHECK_THROWS_WITH_AS(find_view("boarder"), "view: \"boarder\" is unknown; the nearest known one is \"border\"",
                       std::invalid_argument);
}
