#include <fstream>
#include <map>
#include <set>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>

#include "augment/augment.h"
#include "augment/simclr.h"
#include "transform/picture.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

constexpr std::int64_t kSize = 32;

at::Generator generator_of(std::uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

AugmentOptions options_for(std::int64_t height, std::int64_t width) {
  AugmentOptions options;
  options.height = height;
  options.width = width;
  return options;
}

/// The image of torchvision_moments.py, 0 … 255, [1, 3, kSize, kSize].
torch::Tensor waves() {
  const auto along = [](std::int64_t count) { return torch::arange(count, torch::kDouble); };
  const auto colour = along(3).view({3, 1, 1}), row = along(kSize).view({1, -1, 1}), column = along(kSize);
  const auto phase = 0.21 * (colour + 1) * (row + 1) + 0.13 * column + colour;
  return ((0.5 + 0.4 * phase.sin()) * 255).to(torch::kFloat).unsqueeze(0);
}

/// The statistics of torchvision_moments.py. images [N, 3, kSize, kSize] in 0 … 1 → [N, 146].
torch::Tensor statistics(const torch::Tensor& images) {
  const auto n = images.size(0), block = kSize / 4;
  const auto parts = images.reshape({n, 3, 4, block, 4, block}).mean({3, 5});
  const auto products = parts * parts.roll(1, 1);
  const auto across = images.diff(1, 3).abs().mean({1, 2, 3}), down = images.diff(1, 2).abs().mean({1, 2, 3});
  return torch::cat(
      {parts.flatten(1), parts.square().flatten(1), products.flatten(1), across.view({-1, 1}), down.view({-1, 1})}, 1);
}

struct Moment {
  double mean = 0, sd = 0, draws = 0;
};

/// Moments of each configuration, as torchvision_moments.py wrote them.
std::map<int, std::vector<Moment>> torchvision_moments() {
  std::ifstream file(EQUINFO_SOURCE_DIR "/tests/augment/torchvision_moments.csv");
  std::string line;
  std::getline(file, line);
  std::map<int, std::vector<Moment>> moments;
  while (std::getline(file, line)) {
    int configuration = 0, statistic = 0;
    Moment moment;
    REQUIRE(std::sscanf(line.c_str(), "%d,%d,%lf,%lf,%lf", &configuration, &statistic, &moment.mean, &moment.sd,
                        &moment.draws) == 5);
    moments[configuration].push_back(moment);
  }
  return moments;
}

/// The least row of draws: the whole image and nothing done to it.
torch::Tensor no_change(std::int64_t height, std::int64_t width) {
  auto draws = torch::zeros({1, 26});
  draws[0][2] = static_cast<double>(height);
  draws[0][3] = static_cast<double>(width);
  for (std::int64_t i = 0; i < 6; ++i) draws[0][8 + 3 * i] = 1;
  return draws;
}

Picture picture_of(const torch::Tensor& image) {
  const auto host = image.to(torch::kDouble).contiguous();
  Picture picture{host.size(0), host.size(1), host.size(2), {}};
  picture.values.assign(host.data_ptr<double>(), host.data_ptr<double>() + host.numel());
  return picture;
}

double largest_difference(const torch::Tensor& image, const Picture& expected) {
  const auto values = torch::tensor(expected.values, torch::kDouble).view(image.sizes());
  return (image.to(torch::kDouble) - values).abs().max().item<double>();
}

}  // namespace

TEST_CASE("simclr has torchvision's moments, without the blur and with it") {
  const auto& augment = find_augment("simclr");
  const auto moments = torchvision_moments();
  REQUIRE(moments.size() == 2);
  const std::int64_t count = 6000;
  for (const auto& [configuration, expected] : moments) {
    CAPTURE(configuration);
    auto options = options_for(kSize, kSize);
    options.jitter = configuration == 0 ? 0.5 : 1.0;
    options.blur = configuration == 0 ? 0.0 : 0.5;
    auto generator = generator_of(5);
    const auto draws = augment.draw(count, options, generator);
    const auto images = augment.apply(waves().expand({count, 3, kSize, kSize}), draws, options);
    const auto rows = statistics(images.to(torch::kDouble) / 255);
    const auto mean = rows.mean(0), sd = rows.std(0);
    REQUIRE(static_cast<std::size_t>(mean.size(0)) == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(i);
      const auto& one = expected[i];
      // Both means are estimates with errors sd / √draws; four of their difference's. A variance has an error of at
      // most sd² √((kurtosis − 1) / n), and no statistic here has a kurtosis above 9 (8.6 measured).
      const double error = one.sd * std::sqrt(1 / one.draws + 1 / static_cast<double>(count));
      const auto k = static_cast<std::int64_t>(i);
      CHECK(std::abs(mean[k].item<double>() - one.mean) < 4 * error);
      const double ratio = std::pow(sd[k].item<double>() / one.sd, 2);
      CHECK(std::abs(ratio - 1) < 4 * std::sqrt(8 * (1 / one.draws + 1 / static_cast<double>(count))));
    }
  }
}

TEST_CASE("draws: crops within the image, their shares and ratios in range, every order of the jitter") {
  const auto& augment = find_augment("simclr");
  for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{32, 32}, {20, 40}, {64, 24}}) {
    const auto options = options_for(height, width);
    auto first = generator_of(3), same = generator_of(3);
    const auto draws = augment.draw(20000, options, first);
    CHECK((draws.scalar_type() == torch::kFloat));
    CHECK(torch::equal(draws, augment.draw(20000, options, same)));
    CHECK(!torch::equal(draws, augment.draw(20000, options, first)));
    const auto top = draws.select(1, 0), left = draws.select(1, 1), h = draws.select(1, 2), w = draws.select(1, 3);
    CHECK(top.min().item<float>() == 0);
    CHECK(left.min().item<float>() == 0);
    CHECK((top + h).max().item<float>() == static_cast<float>(height));
    CHECK((left + w).max().item<float>() == static_cast<float>(width));
    CHECK(h.min().item<float>() >= 1);
    CHECK(torch::equal(draws.slice(1, 0, 4), draws.slice(1, 0, 4).round()));
    // Sides are rounded, so a crop may be a pixel's share below the least area and beyond the ratios.
    CHECK((h * w).min().item<float>() > 0.8 * 0.08 * static_cast<double>(height * width));
    CHECK((w / h).max().item<float>() < 1.6);
    CHECK((h / w).max().item<float>() < 1.6);
    const auto flips = draws.select(1, 4).mean().item<double>(), greys = draws.select(1, 5).mean().item<double>();
    CHECK(std::abs(flips - 0.5) < 4 * std::sqrt(0.25 / 20000));
    CHECK(std::abs(greys - 0.2) < 4 * std::sqrt(0.16 / 20000));
    CHECK(draws.select(1, 6).eq(0).all().item<bool>());  // no blur asked for
  }
}

TEST_CASE("jitter stages: a place before or behind the hue, each factor once, 24 orders alike") {
  const auto options = options_for(8, 8);
  auto generator = generator_of(4);
  const auto draws = find_augment("simclr").draw(24000, options, generator);
  const auto changed = draws.select(1, 7).ne(0);  // hue turned: .8 of the images
  const auto share = changed.to(torch::kDouble).mean().item<double>();
  CHECK(std::abs(share - 0.8) < 4 * std::sqrt(0.16 / 24000));
  CHECK(draws.select(1, 7).abs().max().item<double>() < 0.1 + 1e-6);
  const auto rows = draws.index({changed});
  std::map<std::string, int> orders;
  for (std::int64_t n = 0; n < 5000; ++n) {
    std::string order;
    const auto* row = rows[n].data_ptr<float>();
    for (int i = 0; i < 6; ++i) {
      if (i == 3) order += 'h';
      const auto* stage = row + 8 + 3 * i;
      if (stage[0] != 1) order += stage[1] != 0 ? 'c' : stage[2] != 0 ? 's' : 'b';
      CHECK((stage[1] == 0 || stage[2] == 0));
      if (stage[1] + stage[2] != 0) CHECK(stage[0] + stage[1] + stage[2] == doctest::Approx(1.0));
    }
    CHECK(order.size() == 4);
    ++orders[order];
  }
  CHECK(orders.size() == 24);
  // Binomial(5000, 1/24): mean 208, standard deviation 14.1; four of them.
  for (const auto& [order, count] : orders) CHECK_MESSAGE(std::abs(count - 208) < 57, order);
}

TEST_CASE("no change leaves every byte, and flip, grey and jitter agree with a per-pixel reference") {
  const auto& augment = find_augment("simclr");
  auto generator = generator_of(6);
  const auto image = torch::randint(0, 256, {1, 3, 9, 12}, generator, torch::TensorOptions(torch::kUInt8));
  const auto options = options_for(9, 12);
  CHECK(torch::equal(augment.apply(image, no_change(9, 12), options), image));
  auto draws = no_change(9, 12);
  draws[0][4] = 1;
  CHECK(torch::equal(augment.apply(image, draws, options), image.flip({3})));
  const auto channels_last = image.contiguous(at::MemoryFormat::ChannelsLast);
  CHECK(torch::equal(augment.apply(channels_last, draws, options), image.flip({3})));
  // Brightness 1.3, contrast .7, saturation 1.2 before the hue, which is the order of the reference. Differences are
  // float32's rounding in HSV.
  draws = no_change(9, 12);
  const std::vector<double> stages{1.3, 0, 0, 0.7, 0.3, 0, 1.2, 0, -0.2};
  for (std::size_t i = 0; i < stages.size(); ++i) draws[0][8 + static_cast<std::int64_t>(i)] = stages[i];
  draws[0][7] = 0.06;
  const auto result = augment.apply(image.to(torch::kFloat), draws, options);
  CHECK(largest_difference(result[0], jittered(picture_of(image[0]), 1.3, 0.7, 1.2, 0.06)) < 2e-3);
  // The same blends behind the hue.
  for (std::int64_t i = 0; i < 9; ++i) {
    draws[0][17 + i] = draws[0][8 + i].item<float>();
    draws[0][8 + i] = i % 3 == 0 ? 1 : 0;
  }
  const auto hue_first = augment.apply(image.to(torch::kFloat), draws, options);
  const auto turned_first = jittered(picture_of(image[0]), 1, 1, 1, 0.06);
  CHECK(largest_difference(hue_first[0], jittered(turned_first, 1.3, 0.7, 1.2, 0)) < 2e-3);
  draws = no_change(9, 12);
  draws[0][5] = 1;
  const auto grey = augment.apply(image, draws, options);
  CHECK(torch::equal(grey.select(1, 0), grey.select(1, 2)));
}

TEST_CASE("crops are resized by a widened triangle, blurs are Gaussians of three pixels") {
  const auto& augment = find_augment("simclr");
  auto options = options_for(6, 6);
  // One row of pixels 0 … 5 times 10; a crop of columns 1 … 4 enlarged to 6: centres (i + .5) 4/6 − .5 from its left.
  const auto image = (torch::arange(6, torch::kFloat) * 10).view({1, 1, 1, 6}).expand({1, 1, 6, 6});
  auto draws = no_change(6, 6);
  draws[0][1] = 1;
  draws[0][3] = 4;
  const auto wide = augment.apply(image, draws, options)[0][0][0];
  for (std::int64_t i = 0; i < 6; ++i) {
    const double at = std::clamp((static_cast<double>(i) + 0.5) * 4 / 6 - 0.5, 0.0, 3.0);
    CHECK(wide[i].item<double>() == doctest::Approx(10 + 10 * at).epsilon(1e-5));
  }
  // Grey images: a blur by σ = 1 over 3 pixels, mirrored at the ends.
  options.blur = 1;
  draws = no_change(6, 6);
  draws[0][6] = 1.0;
  const auto soft = augment.apply(image, draws, options);
  CHECK(largest_difference(soft[0], blurred(picture_of(image[0]), 1.0, 1)) < 1e-4);
}

TEST_CASE("image by image as by whole batches: what the CPU does and what other devices do agree") {
  const auto& augment = find_augment("simclr");
  auto generator = generator_of(9);
  for (const std::int64_t channels : {1, 3}) {
    const auto options = options_for(20, 13);
    const auto images = torch::randint(0, 256, {200, channels, 20, 13}, generator, torch::TensorOptions(torch::kUInt8));
    const auto draws = augment.draw(200, options, generator);
    const auto one = simclr_by_pixels(images, draws), other = simclr_by_tensors(images, draws);
    // float32's rounding of values up to 255, which a hue of nearly grey pixels carries on.
    CHECK((one - other).abs().max().item<float>() < 2e-2F);
    CHECK((one - other).abs().mean().item<float>() < 1e-4F);
    CHECK(torch::equal(one, simclr_by_pixels(images.to(torch::kFloat), draws)));
  }
  CHECK_THROWS_WITH_AS(simclr_by_pixels(torch::zeros({1, 2, 4, 4}), torch::zeros({1, 26})),
                       "images have 2 channels, but colours need 1 or 3", std::invalid_argument);
}

TEST_CASE("batches larger than a block, and the size of the images must be known") {
  const auto& augment = find_augment("simclr");
  const auto options = options_for(8, 8);
  auto generator = generator_of(8);
  const auto images = torch::randint(0, 256, {150, 3, 8, 8}, generator, torch::TensorOptions(torch::kUInt8));
  const auto draws = augment.draw(150, options, generator);
  const auto together = augment.apply(images, draws, options);
  for (const std::int64_t n : {0, 63, 64, 149}) {
    CHECK(
        torch::equal(together.narrow(0, n, 1), augment.apply(images.narrow(0, n, 1), draws.narrow(0, n, 1), options)));
  }
  CHECK_THROWS_WITH_AS(augment.draw(2, {}, generator), "simclr: the size of the images is 0 x 0",
                       std::invalid_argument);
}
