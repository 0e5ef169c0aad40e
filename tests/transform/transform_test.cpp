#include <torch/torch.h>

#include "transform/transform.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

torch::Tensor numbered_images(std::int64_t count, std::int64_t channels, std::int64_t height, std::int64_t width) {
  return torch::arange(count * channels * height * width)
      .remainder(251)
      .to(torch::kUInt8)
      .view({count, channels, height, width});
}

/// Where the pixel at (row, column) of the transformed image comes from, worked out by hand for each value.
std::pair<std::int64_t, std::int64_t> origin_of(const std::string& name, std::int64_t value, std::int64_t row,
                                                std::int64_t column, std::int64_t height, std::int64_t width) {
  if (value == 0) return {row, column};
  if (name == "hflip") return {row, width - 1 - column};
  if (name == "vflip") return {height - 1 - row, column};
  // Counter-clockwise by 90°: the right column becomes the top row.
  if (value == 1) return {column, width - 1 - row};
  if (value == 2) return {height - 1 - row, width - 1 - column};
  return {height - 1 - column, row};
}

torch::Tensor slow_reference(const std::string& name, const torch::Tensor& images, const torch::Tensor& labels) {
  auto result = torch::empty_like(images);
  const auto from = images.accessor<std::uint8_t, 4>();
  auto to = result.accessor<std::uint8_t, 4>();
  for (std::int64_t n = 0; n < images.size(0); ++n) {
    for (std::int64_t c = 0; c < images.size(1); ++c) {
      for (std::int64_t i = 0; i < images.size(2); ++i) {
        for (std::int64_t j = 0; j < images.size(3); ++j) {
          const auto [row, column] =
              origin_of(name, labels[n].item<std::int64_t>(), i, j, images.size(2), images.size(3));
          to[n][c][i][j] = from[n][c][row][column];
        }
      }
    }
  }
  return result;
}

torch::Tensor constant_labels(std::int64_t count, std::int64_t value) {
  return torch::full({count}, value, torch::kInt64);
}

}  // namespace

TEST_CASE("every transformation gives the bytes of a per-pixel reference, for values in any order") {
  for (const auto& transform : transforms()) {
    CAPTURE(transform.name);
    for (const std::int64_t size : {6, 7}) {
      const auto images = numbered_images(9, 3, size, size);
      const auto labels = torch::arange(9).mul(5).remainder(transform.count());
      const auto result = transform.apply(images, labels);
      CHECK((result.scalar_type() == torch::kUInt8));
      CHECK(torch::equal(result, slow_reference(transform.name, images, labels)));
      CHECK(torch::equal(transform.apply(images.to(torch::kFloat), labels), result.to(torch::kFloat)));
    }
  }
}

TEST_CASE("a rotation by 90° takes the right column to the top row") {
  const auto image = torch::tensor({1, 2, 3, 4}, torch::kUInt8).view({1, 1, 2, 2});
  const auto turned = find_transform("rotation4").apply(image, constant_labels(1, 1)).flatten();
  CHECK(torch::equal(turned, torch::tensor({2, 4, 1, 3}, torch::kUInt8)));
}

TEST_CASE("value 0 is the identity, every value has a name, and values differ") {
  const auto images = numbered_images(2, 1, 5, 5);
  for (const auto& transform : transforms()) {
    CAPTURE(transform.name);
    CHECK(torch::equal(transform.apply(images, constant_labels(2, 0)), images));
    for (std::int64_t a = 0; a < transform.count(); ++a) {
      CHECK(!transform.values[static_cast<std::size_t>(a)].empty());
      for (std::int64_t b = 0; b < a; ++b) {
        CHECK(!torch::equal(transform.apply(images, constant_labels(2, a)),
                            transform.apply(images, constant_labels(2, b))));
      }
    }
  }
  CHECK(find_transform("rotation4").values == std::vector<std::string>{"0", "90", "180", "270"});
}

TEST_CASE("group law: one value after another is the value of their sum modulo K") {
  const auto images = numbered_images(3, 2, 6, 6);
  for (const std::string name : {"rotation4", "hflip", "vflip"}) {
    const auto& transform = find_transform(name);
    for (std::int64_t a = 0; a < transform.count(); ++a) {
      for (std::int64_t b = 0; b < transform.count(); ++b) {
        const auto both = transform.apply(transform.apply(images, constant_labels(3, a)), constant_labels(3, b));
        CHECK(torch::equal(both, transform.apply(images, constant_labels(3, (a + b) % transform.count()))));
      }
    }
  }
}

TEST_CASE("flips take images that are not square, rotation refuses them") {
  const auto images = numbered_images(2, 1, 4, 6);
  const auto labels = torch::ones({2}, torch::kInt64);
  CHECK(torch::equal(find_transform("hflip").apply(images, labels), slow_reference("hflip", images, labels)));
  CHECK(torch::equal(find_transform("vflip").apply(images, labels), slow_reference("vflip", images, labels)));
  CHECK_THROWS_WITH_AS(find_transform("rotation4").apply(images, labels),
                       "rotation4: images are 4 x 6, but only square ones can be turned by 90°", std::invalid_argument);
}

TEST_CASE("an unknown transformation is refused with the nearest known one") {
  CHECK_THROWS_WITH_AS(find_transform("rotation"),
                       "transform: \"rotation\" is unknown; the nearest known one is \"rotation4\"",
                       std::invalid_argument);
}
