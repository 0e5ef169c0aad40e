#include <set>

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>

#include "dataset/image_codec.h"
#include "transform/picture.h"
#include "transform/transform.h"

#include <doctest/doctest.h>

using namespace equinfo;

namespace {

/// Images without structure, the same on every machine.
torch::Tensor random_images(std::int64_t count, std::int64_t channels, std::int64_t height, std::int64_t width) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(7);
  return torch::randint(0, 256, {count, channels, height, width}, generator, torch::TensorOptions(torch::kUInt8));
}

torch::Tensor constant_labels(std::int64_t count, std::int64_t value) {
  return torch::full({count}, value, torch::kInt64);
}

torch::Tensor row_of(const std::vector<double>& values) {
  return torch::tensor(values, torch::kDouble).view({1, static_cast<std::int64_t>(values.size())});
}

Picture picture_of(const torch::Tensor& image) {
  const auto host = image.to(torch::kDouble).contiguous();
  Picture picture{host.size(0), host.size(1), host.size(2), {}};
  picture.values.assign(host.data_ptr<double>(), host.data_ptr<double>() + host.numel());
  return picture;
}

torch::Tensor tensor_of(const Picture& picture) {
  return torch::tensor(picture.values, torch::kDouble).view({picture.channels, picture.height, picture.width});
}

/// Batched results carry float32's rounding: coordinates of up to 12 to 1e-6 pixels, at steps of up to 255 a pixel, and
/// the quotients of HSV; 2e-3 is a few times that. Bytes must be those results, rounded.
void check_against(const Transform& transform, const torch::Tensor& image, const torch::Tensor& labels,
                   const torch::Tensor& noise, const Picture& expected) {
  CAPTURE(transform.name);
  const auto images = image.unsqueeze(0);
  const auto exact = transform.apply(images.to(torch::kFloat), labels, noise);
  CHECK((exact[0].to(torch::kDouble) - tensor_of(expected)).abs().max().item<double>() < 2e-3);
  const auto bytes = transform.apply(images, labels, noise);
  CHECK((bytes.scalar_type() == torch::kUInt8));
  CHECK(torch::equal(bytes, exact.add(0.5).floor().clamp(0, 255).to(torch::kUInt8)));
}

torch::Tensor no_noise(std::int64_t count = 1) { return torch::empty({count, 0}); }

}  // namespace

TEST_CASE("transformations that move pixels give the bytes of a per-pixel reference, for values in any order") {
  for (const std::string name : {"rotation4", "hflip", "vflip", "d4"}) {
    CAPTURE(name);
    const auto transform = find_transform(name);
    for (const std::int64_t size : {6, 7}) {
      const auto images = random_images(9, 3, size, size);
      const auto labels = torch::arange(9).mul(5).remainder(transform.count());
      const auto result = transform.apply(images, labels);
      CHECK((result.scalar_type() == torch::kUInt8));
      for (std::int64_t n = 0; n < 9; ++n) {
        const auto expected = moved(picture_of(images[n]), name, labels[n].item<std::int64_t>());
        CHECK(torch::equal(result[n].to(torch::kDouble), tensor_of(expected)));
      }
      CHECK(torch::equal(transform.apply(images.to(torch::kFloat), labels), result.to(torch::kFloat)));
      const auto channels_last = images.contiguous(at::MemoryFormat::ChannelsLast);
      CHECK(torch::equal(transform.apply(channels_last, labels), result));
    }
  }
}

TEST_CASE("a rotation by 90° takes the right column to the top row") {
  const auto image = torch::tensor({1, 2, 3, 4}, torch::kUInt8).view({1, 1, 2, 2});
  const auto turned_once = find_transform("rotation4").apply(image, constant_labels(1, 1)).flatten();
  CHECK(torch::equal(turned_once, torch::tensor({2, 4, 1, 3}, torch::kUInt8)));
}

TEST_CASE("label coding: value 0 is the identity where it says so, values have names, differ, and repeat") {
  const auto images = random_images(2, 3, 8, 8);
  for (const std::string name :
       {"rotation4", "rotation8", "rotation8+circle", "hflip", "vflip", "d4", "jigsaw2", "jigsaw3+of10", "blur",
        "blur_tied", "grayscale", "invert", "solarize", "occlusion2"}) {
    CAPTURE(name);
    const auto transform = find_transform(name);
    const auto noise = torch::full({2, transform.noise}, 0.9);
    const auto at_value = [&](std::int64_t value) { return transform.apply(images, constant_labels(2, value), noise); };
    // Of 8 pixels, jigsaw3 cuts the border off.
    if (name == "jigsaw3+of10") {
      CHECK(torch::equal(at_value(0).slice(2, 1, 7).slice(3, 1, 7), images.slice(2, 1, 7).slice(3, 1, 7)));
      CHECK(at_value(3).select(2, 0).sum().item<std::int64_t>() == 0);
    } else {
      CHECK(torch::equal(at_value(0), images) == (transform.starts_at_identity || name == "jigsaw2"));
    }
    for (std::int64_t a = 0; a < transform.count(); ++a) {
      CHECK(!transform.values[static_cast<std::size_t>(a)].empty());
      CHECK(torch::equal(at_value(a), at_value(a)));
      for (std::int64_t b = 0; b < a; ++b) CHECK(!torch::equal(at_value(a), at_value(b)));
    }
  }
  CHECK(find_transform("rotation4").values == std::vector<std::string>{"0", "90", "180", "270"});
  CHECK(find_transform("rotation3+offset22.5").values == std::vector<std::string>{"22.5", "142.5", "262.5"});
  const auto identity = find_transform("identity");
  CHECK(identity.count() == 2);
  CHECK(torch::equal(identity.apply(images, torch::tensor({0, 1})), images));
}

TEST_CASE("group law: one value after another is the value of their product") {
  const auto images = random_images(3, 2, 6, 6);
  const auto check_product = [&](const Transform& transform, std::int64_t a, std::int64_t b, std::int64_t both) {
    const auto twice = transform.apply(transform.apply(images, constant_labels(3, a)), constant_labels(3, b));
    CHECK(torch::equal(twice, transform.apply(images, constant_labels(3, both))));
  };
  for (const std::string name : {"rotation4", "hflip", "vflip", "invert"}) {
    const auto transform = find_transform(name);
    for (std::int64_t a = 0; a < transform.count(); ++a) {
      for (std::int64_t b = 0; b < transform.count(); ++b) check_product(transform, a, b, (a + b) % transform.count());
    }
  }
  // D4: first r^a m^e, then r^b m^f, is r^(b + (−1)^f a) m^(e + f).
  const auto d4 = find_transform("d4");
  for (std::int64_t first = 0; first < 8; ++first) {
    for (std::int64_t second = 0; second < 8; ++second) {
      const auto a = first % 4, e = first / 4, b = second % 4, f = second / 4;
      check_product(d4, first, second, 4 * ((e + f) % 2) + (b + (f == 1 ? 4 - a : a)) % 4);
    }
  }
}

TEST_CASE("rotations by any angle agree with a bilinear reference, and multiples of 90° move pixels exactly") {
  const auto image = random_images(1, 2, 7, 7)[0];
  const auto any = find_transform("rotation");
  CHECK(any.components[0].period == 360);
  for (const double angle : {0.0, 13.0, 45.0, 90.0, 201.5, 359.0}) {
    check_against(any, image, row_of({angle}), no_noise(), turned(picture_of(image), angle));
  }
  check_against(find_transform("rotation8+offset22.5"), image, constant_labels(1, 3), no_noise(),
                turned(picture_of(image), 157.5));
  const auto images = random_images(4, 3, 6, 6);
  const auto quarters = torch::arange(4);
  const auto expected = find_transform("rotation4").apply(images, quarters);
  CHECK(torch::equal(find_transform("rotation8").apply(images, quarters * 2), expected));
  CHECK(torch::equal(any.apply(images, (quarters * 90).to(torch::kDouble).view({4, 1})), expected));
  // Wider than high: half a turn still moves pixels, and a quarter turn keeps what fits.
  const auto wide = random_images(1, 1, 4, 6)[0];
  check_against(any, wide, row_of({180}), no_noise(), turned(picture_of(wide), 180));
  check_against(any, wide, row_of({70}), no_noise(), turned(picture_of(wide), 70));
}

TEST_CASE("a circular mask hides the corners: of a white image no angle is told") {
  const auto white = torch::full({8, 1, 9, 9}, 255, torch::kUInt8);
  const auto open = find_transform("rotation8").apply(white, torch::arange(8));
  CHECK(open[0][0][0][0].item<int>() == 255);
  CHECK(open[1][0][0][0].item<int>() == 0);
  for (const std::string name : {"rotation8+circle", "rotation8+circle+offset22.5"}) {
    const auto masked = find_transform(name).apply(white, torch::arange(8));
    for (std::int64_t k = 1; k < 8; ++k) CHECK(torch::equal(masked[k], masked[0]));
    // Pixels within 4 of the middle: by columns 1, 5, 7, 7, 9, 7, 7, 5, 1 of them.
    CHECK(masked[0].to(torch::kInt64).sum().item<std::int64_t>() == 49 * 255);
  }
  const auto free_angle = find_transform("rotation+circle");
  CHECK(torch::equal(free_angle.apply(white.slice(0, 0, 1), row_of({33.3})),
                     find_transform("rotation8+circle").apply(white.slice(0, 0, 1), constant_labels(1, 0))));
}

TEST_CASE("jigsaws move tiles as their names say, every order of 2 x 2 is there once, subsets lie far apart") {
  const auto image = random_images(1, 3, 9, 11)[0];
  for (const std::string name : {"jigsaw2", "jigsaw2+of7", "jigsaw3+of12"}) {
    CAPTURE(name);
    const auto transform = find_transform(name);
    const std::int64_t grid = name[6] - '0';
    CHECK(transform.count() == (name == "jigsaw2" ? 24 : grid == 2 ? 7 : 12));
    for (std::int64_t value = 0; value < transform.count(); ++value) {
      std::vector<std::int64_t> order;
      for (const char digit : transform.values[static_cast<std::size_t>(value)]) order.push_back(digit - '1');
      check_against(transform, image, constant_labels(1, value), no_noise(), shuffled(picture_of(image), order, grid));
    }
    CHECK(std::set<std::string>(transform.values.begin(), transform.values.end()).size() == transform.values.size());
  }
  // Two random orders of 9 share 1 place in the mean; chosen ones hardly any.
  const auto chosen = find_transform("jigsaw3").values;
  REQUIRE(chosen.size() == 24);
  int shared = 0;
  for (std::size_t a = 0; a < 24; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      for (std::size_t i = 0; i < 9; ++i) shared += chosen[a][i] == chosen[b][i];
    }
  }
  CHECK(shared < 0.85 * 24 * 23 / 2);
}

TEST_CASE("blurs agree with a direct convolution, the paper's σ is drawn, the other's is the label") {
  const auto image = random_images(1, 2, 9, 11)[0];
  const auto drawn = find_transform("blur");
  CHECK(drawn.noise == 1);
  for (std::int64_t value = 0; value < 4; ++value) {
    const std::int64_t half = std::vector<std::int64_t>{0, 2, 4, 7}[static_cast<std::size_t>(value)];
    check_against(drawn, image, constant_labels(1, value), torch::full({1, 1}, 0.6),
                  blurred(picture_of(image), 1.24, half));
  }
  const auto tied = find_transform("blur_tied");
  CHECK(tied.values == std::vector<std::string>{"σ 0", "σ 1", "σ 2"});
  check_against(tied, image, constant_labels(1, 1), no_noise(), blurred(picture_of(image), 1, 6));
  check_against(tied, image, constant_labels(1, 2), no_noise(), blurred(picture_of(image), 2, 6));
  check_against(find_transform("blur_tied5+sigma1"), image, constant_labels(1, 3), no_noise(),
                blurred(picture_of(image), 0.75, 3));
}

TEST_CASE("transformations of values: negative, solarized, grey, hidden part") {
  const auto images = random_images(2, 3, 6, 5);
  const auto on = constant_labels(2, 1), both = torch::tensor({1, 0});
  CHECK(torch::equal(find_transform("invert").apply(images, on), 255 - images));
  CHECK(torch::equal(find_transform("invert").apply(images, both)[1], images[1]));
  const auto solarized = find_transform("solarize+threshold200").apply(images, on);
  CHECK(torch::equal(solarized, torch::where(images.ge(200), 255 - images, images)));
  const auto grey = find_transform("grayscale").apply(images, on);
  for (std::int64_t i = 0; i < 6; ++i) {
    const auto pixel = images[1].select(1, i).select(1, 2);
    const auto expected =
        luma(pixel[0].item<std::uint8_t>(), pixel[1].item<std::uint8_t>(), pixel[2].item<std::uint8_t>());
    for (std::int64_t c = 0; c < 3; ++c) CHECK(grey[1][c][i][2].item<std::uint8_t>() == expected);
  }
  const auto one_channel = random_images(1, 1, 3, 3);
  CHECK(torch::equal(find_transform("grayscale").apply(one_channel, constant_labels(1, 1)), one_channel));
  // Value 4 of a 2 x 2 grid hides the lower right part: rows 3 … 5, columns 3 and 4.
  const auto hidden = find_transform("occlusion2").apply(images, constant_labels(2, 4));
  const auto mean = images[0][0].to(torch::kDouble).mean().item<double>();
  CHECK(hidden[0][0].slice(0, 3, 6).slice(1, 3, 5).eq(static_cast<int>(std::floor(mean + 0.5))).all().item<bool>());
  CHECK(torch::equal(hidden.slice(2, 0, 3), images.slice(2, 0, 3)));
  CHECK(torch::equal(hidden.slice(3, 0, 3), images.slice(3, 0, 3)));
}

TEST_CASE("colour jitter agrees with PIL's formulas, all factors together and each alone") {
  const auto image = random_images(1, 3, 5, 6)[0];
  const auto all = find_transform("jitter");
  REQUIRE(all.components.size() == 4);
  CHECK(all.components[0].low == 0.6);
  CHECK(all.components[3].high == doctest::Approx(0.1));
  for (const auto& f : {std::vector{1.3, 0.7, 1.2, 0.09}, {0.6, 1.4, 0.6, -0.1}, {1.0, 1.0, 1.0, 0.0}}) {
    check_against(all, image, row_of(f), no_noise(), jittered(picture_of(image), f[0], f[1], f[2], f[3]));
  }
  const auto colours = picture_of(image);
  check_against(find_transform("jitter+brightness"), image, row_of({1.3}), no_noise(), jittered(colours, 1.3, 1, 1, 0));
  check_against(find_transform("jitter+contrast"), image, row_of({0.7}), no_noise(), jittered(colours, 1, 0.7, 1, 0));
  check_against(find_transform("jitter+saturation"), image, row_of({1.4}), no_noise(), jittered(colours, 1, 1, 1.4, 0));
  const auto hue = find_transform("jitter+hue+strength1");
  CHECK(hue.components[0].low == -0.25);
  check_against(hue, image, row_of({-0.2}), no_noise(), jittered(colours, 1, 1, 1, -0.2));
  const auto grey = random_images(1, 1, 4, 4)[0];
  check_against(all, grey, row_of({1.1, 0.8, 1.3, 0.05}), no_noise(), jittered(picture_of(grey), 1.1, 0.8, 1.3, 0.05));
}

TEST_CASE("crop positions agree with a bilinear reference, corner to corner") {
  const auto image = random_images(1, 2, 8, 12)[0];
  const auto crop = find_transform("crop");
  for (const auto& at : {std::vector{0.0, 0.0}, {1.0, 1.0}, {0.3, 0.8}}) {
    check_against(crop, image, row_of(at), no_noise(), window(picture_of(image), at[0], at[1], 0.75));
  }
  check_against(find_transform("crop+size0.5"), image, row_of({1.0, 0.0}), no_noise(),
                window(picture_of(image), 1, 0, 0.5));
}

TEST_CASE("products: labels a · K₂ + b, the first one first, any number of factors") {
  const auto images = random_images(8, 3, 6, 6);
  const auto both = find_transform("rotation4*hflip");
  REQUIRE(both.count() == 8);
  CHECK(both.values[3] == "90 × flipped");
  CHECK(both.factors == std::vector<std::string>{"rotation4", "hflip"});
  const auto labels = torch::arange(8);
  const auto expected =
      find_transform("hflip").apply(find_transform("rotation4").apply(images, torch::tensor({0, 0, 1, 1, 2, 2, 3, 3})),
                                    torch::tensor({0, 1, 0, 1, 0, 1, 0, 1}));
  CHECK(torch::equal(both.apply(images, labels), expected));
  CHECK(find_transform("hflip*vflip*invert").count() == 8);
  CHECK(find_transform("hflip*vflip*invert").factors.size() == 3);
  const auto continuous = find_transform("rotation*crop");
  REQUIRE(continuous.components.size() == 3);
  CHECK(continuous.components[1].name == "top");
  const auto halfway = find_transform("rotation").apply(images.slice(0, 0, 1), row_of({30}));
  CHECK(torch::equal(continuous.apply(images.slice(0, 0, 1), row_of({30, 0.2, 0.7})),
                     find_transform("crop").apply(halfway, row_of({0.2, 0.7}))));
  const auto noisy = find_transform("blur*hflip*blur");
  CHECK(noisy.noise == 2);
  const auto noise = torch::tensor({0.1F, 0.9F}).view({1, 2});
  const auto large = random_images(1, 1, 9, 9);
  const auto step = find_transform("blur").apply(large, constant_labels(1, 3), noise.narrow(1, 0, 1));
  CHECK(torch::equal(noisy.apply(large, constant_labels(1, (3 * 2 + 1) * 4 + 2), noise),
                     find_transform("blur").apply(step.flip({3}), constant_labels(1, 2), noise.narrow(1, 1, 1))));
}

TEST_CASE("drawn labels are in range, even, and those of the generator") {
  auto first = at::make_generator<at::CPUGeneratorImpl>(3), same = at::make_generator<at::CPUGeneratorImpl>(3);
  const auto discrete = find_transform("rotation4");
  const auto labels = discrete.draw_labels(4000, first);
  CHECK(torch::equal(labels, discrete.draw_labels(4000, same)));
  // Binomial(4000, 1/4): mean 1000, standard deviation 27.4; four of them.
  CHECK((torch::bincount(labels) - 1000).abs().max().item<std::int64_t>() < 110);
  const auto continuous = find_transform("rotation*crop").draw_labels(4000, first);
  CHECK((continuous.scalar_type() == torch::kDouble));
  CHECK(continuous.select(1, 0).max().item<double>() < 360);
  // Uniform on 0 … 360: mean 180, standard deviation of the mean 104 / √4000 = 1.64; four of them.
  CHECK(std::abs(continuous.select(1, 0).mean().item<double>() - 180) < 6.6);
  CHECK(continuous.select(1, 1).max().item<double>() < 1);
  CHECK(find_transform("blur").draw_noise(5, first).sizes() == torch::IntArrayRef({5, 1}));
}

TEST_CASE("flips take images that are not square, quarter turns refuse them") {
  const auto images = random_images(2, 1, 4, 6);
  const auto labels = torch::ones({2}, torch::kInt64);
  CHECK(torch::equal(find_transform("hflip").apply(images, labels), images.flip({3})));
  CHECK(torch::equal(find_transform("vflip").apply(images, labels), images.flip({2})));
  CHECK_THROWS_WITH_AS(find_transform("rotation4").apply(images, labels),
                       "rotation4: images are 4 x 6, but only square ones can be turned by 90°", std::invalid_argument);
  CHECK_THROWS_WITH_AS(find_transform("d4").apply(images, labels),
                       "d4: images are 4 x 6, but only square ones can be turned by 90°", std::invalid_argument);
}

TEST_CASE("what cannot be applied is refused in words") {
  const auto images = random_images(2, 1, 6, 6);
  const auto check = [&](const std::string& name, const torch::Tensor& labels, const std::string& message) {
    CHECK_THROWS_WITH_AS(find_transform(name).apply(images, labels), message.c_str(), std::invalid_argument);
  };
  check("hflip", torch::ones({3}, torch::kInt64), "hflip: 2 images need int64 labels of shape [2]");
  check("hflip", torch::ones({2}), "hflip: 2 images need int64 labels of shape [2]");
  check("crop", torch::ones({2, 1}, torch::kDouble), "crop: 2 images need float64 labels of shape [2, 2]");
  check("blur", torch::ones({2}, torch::kInt64), "blur: needs 1 random numbers an image besides its label");
  CHECK_THROWS_WITH_AS(find_transform("blur").apply(images, torch::ones({2}, torch::kInt64), torch::ones({2, 2})),
                       "blur: 2 images need noise of shape [2, 1]", std::invalid_argument);
  CHECK_THROWS_WITH_AS(find_transform("blur").apply(images, torch::ones({2}, torch::kInt64), torch::ones({2, 1})),
                       "blur: a kernel of 15 pixels needs images of more than 7, not 6", std::invalid_argument);
  check("jigsaw7", torch::ones({2}, torch::kInt64), "jigsaw7: images are 6 x 6, too small for so many tiles");
  CHECK_THROWS_WITH_AS(find_transform("grayscale").apply(random_images(2, 2, 4, 4), torch::ones({2}, torch::kInt64)),
                       "images have 2 channels, but colours need 1 or 3", std::invalid_argument);
}

TEST_CASE("names that mean nothing are refused, with what would be right") {
  const auto check = [](const std::string& name, const std::string& message) {
    CHECK_THROWS_WITH_AS(find_transform(name), ("transform: " + message).c_str(), std::invalid_argument);
  };
  check("rotatoin4", "\"rotatoin4\" is unknown; the nearest known one is \"rotation4\"");
  check("4", "\"4\" must begin with a name, such as rotation4");
  check("", "\"\" must begin with a name, such as rotation4");
  check("rotation4*", "\"\" must begin with a name, such as rotation4");
  check("rotation1", "\"rotation1\": the number after rotation must be 2 … 360");
  check("hflip2", "\"hflip2\": hflip takes no number");
  check("rotation8+round", "\"rotation8+round\" has the option \"round\", but rotation takes circle, offset");
  check("hflip+circle", "\"hflip+circle\" has the option \"circle\", but hflip takes none");
  check("rotation8+circle2", "\"rotation8+circle2\": circle takes no number");
  check("rotation8+offset", "\"rotation8+offset\": offset needs a number in 0 … 360");
  check("rotation8+offset400", "\"rotation8+offset400\": offset needs a number in 0 … 360");
  check("rotation8+circle+circle", "\"rotation8+circle+circle\" has the option \"circle\" twice");
  check("rotation8+1.5.2",
        "\"rotation8+1.5.2\" has the option \"1.5.2\", but an option is a word and perhaps a number");
  check("jigsaw2+of25", "\"jigsaw2+of25\": of needs a number in 2 … 24");
  check("rotation*hflip", "\"rotation*hflip\": one is continuous and the other is not; a product needs two of a kind");
}

TEST_CASE("every line of the table is in the list for people and makes what its example says") {
  const auto list = transform_list();
  for (const auto& transform : transforms()) {
    CAPTURE(transform.name);
    CHECK(!transform.summary.empty());
    CHECK((transform.continuous() || transform.count() >= 2));
    CHECK(transform.values.empty() == transform.continuous());
    CHECK(list.find("  " + transform.name.substr(0, transform.name.find_first_of("0123456789"))) != std::string::npos);
  }
}
