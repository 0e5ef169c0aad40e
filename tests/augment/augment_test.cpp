#include <algorithm>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>

#include "augment/augment.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

at::Generator generator_of(std::uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

torch::Tensor numbered_images(std::int64_t count, std::int64_t height, std::int64_t width) {
  return torch::arange(1, count * 2 * height * width + 1)
      .remainder(251)
      .to(torch::kUInt8)
      .view({count, 2, height, width});
}

torch::Tensor slow_crop_flip(const torch::Tensor& images, const torch::Tensor& draws, std::int64_t padding) {
  auto result = torch::zeros_like(images);
  const auto from = images.accessor<std::uint8_t, 4>();
  auto to = result.accessor<std::uint8_t, 4>();
  const auto draw = draws.accessor<std::int64_t, 2>();
  const auto height = images.size(2), width = images.size(3);
  for (std::int64_t n = 0; n < images.size(0); ++n) {
    for (std::int64_t i = 0; i < height; ++i) {
      for (std::int64_t j = 0; j < width; ++j) {
        const auto row = i + draw[n][0] - padding;
        const auto column = (draw[n][2] == 1 ? width - 1 - j : j) + draw[n][1] - padding;
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        for (std::int64_t c = 0; c < images.size(1); ++c) to[n][c][i][j] = from[n][c][row][column];
      }
    }
  }
  return result;
}

}  // namespace

TEST_CASE("crop and flip give the bytes of a per-pixel reference at every corner and both flips") {
  const auto& augment = find_augment("crop_flip");
  const AugmentOptions options{2};
  std::vector<std::int64_t> rows;
  for (std::int64_t top = 0; top <= 4; ++top) {
    for (std::int64_t left = 0; left <= 4; ++left) {
      for (std::int64_t flip = 0; flip <= 1; ++flip) rows.insert(rows.end(), {top, left, flip});
    }
  }
  const auto draws = torch::tensor(rows, torch::kInt64).view({50, 3});
  const auto images = numbered_images(50, 5, 7);
  const auto result = augment.apply(images, draws, options);
  CHECK((result.scalar_type() == torch::kUInt8));
  CHECK(torch::equal(result, slow_crop_flip(images, draws, 2)));
  CHECK(torch::equal(augment.apply(images.to(torch::kFloat), draws, options), result.to(torch::kFloat)));
}

TEST_CASE("draws are those of the generator, in range and even") {
  const auto& augment = find_augment("crop_flip");
  auto first = generator_of(3), same = generator_of(3), other = generator_of(4);
  const auto draws = augment.draw(9000, {4}, first);
  CHECK(torch::equal(draws, augment.draw(9000, {4}, same)));
  CHECK(!torch::equal(draws, augment.draw(9000, {4}, other)));
  for (const int column : {0, 1}) {
    const auto counts = torch::bincount(draws.select(1, column));
    REQUIRE(counts.size(0) == 9);
    // Binomial(9000, 1/9): mean 1000, standard deviation 29.8; four of them.
    CHECK(counts.min().item<std::int64_t>() > 880);
    CHECK(counts.max().item<std::int64_t>() < 1120);
  }
  const auto flips = draws.select(1, 2).sum().item<std::int64_t>();
  // Binomial(9000, 1/2): standard deviation 47.4; four of them.
  CHECK(std::abs(flips - 4500) < 190);
}

TEST_CASE("the augmentation none and the crop without a border leave the images alone") {
  const auto images = numbered_images(3, 4, 4);
  auto generator = generator_of(1);
  for (const std::string name : {"none", "identity_crop"}) {
    const auto& augment = find_augment(name);
    const auto draws = augment.draw(3, {}, generator);
    CHECK(draws.size(0) == 3);
    CHECK(torch::equal(augment.apply(images, draws, {}), images));
  }
}

TEST_CASE("an unknown augmentation is refused with the nearest known one") {
  CHECK_THROWS_WITH_AS(find_augment("crop-flip"),
                       "augment: \"crop-flip\" is unknown; the nearest known one is \"crop_flip\"",
                       std::invalid_argument);
}

TEST_CASE("gray has the luma in every channel and leaves grey images alone") {
  const auto& augment = find_augment("gray");
  auto images = torch::zeros({1, 3, 2, 2}, torch::kUInt8);
  images.select(1, 0).fill_(200);
  images.select(1, 1).fill_(100);
  images.select(1, 2).fill_(50);
  const auto draws = torch::empty({1, 0}, torch::kInt64);
  // .299 · 200 + .587 · 100 + .114 · 50 = 124.2
  CHECK(torch::equal(augment.apply(images, draws, {}), torch::full({1, 3, 2, 2}, 124, torch::kUInt8)));
  const auto grey = images.narrow(1, 0, 1);
  CHECK(torch::equal(augment.apply(grey, draws, {}), grey));
}

TEST_CASE("shift moves by up to two pixels each way and repeats the border") {
  const auto& augment = find_augment("shift");
  const auto images = numbered_images(25, 5, 7);
  std::vector<std::int64_t> rows;
  for (std::int64_t k = 0; k < 25; ++k) rows.insert(rows.end(), {k / 5, k % 5});
  const auto result = augment.apply(images, torch::tensor(rows, torch::kInt64).view({25, 2}), {});
  const auto from = images.accessor<std::uint8_t, 4>(), to = result.accessor<std::uint8_t, 4>();
  std::int64_t wrong = 0;
  for (std::int64_t n = 0; n < 25; ++n) {
    for (std::int64_t k = 0; k < 2 * 5 * 7; ++k) {
      const auto c = k / 35, i = k % 35 / 7, j = k % 7;
      const auto row = std::clamp<std::int64_t>(i - (n / 5 - 2), 0, 4);
      const auto column = std::clamp<std::int64_t>(j - (n % 5 - 2), 0, 6);
      wrong += to[n][c][i][j] != from[n][c][row][column];
    }
  }
  CHECK(wrong == 0);
  auto generator = generator_of(3);
  const auto draws = augment.draw(2000, {}, generator);
  CHECK(draws.min().item<std::int64_t>() == 0);
  CHECK(draws.max().item<std::int64_t>() == 4);
}
