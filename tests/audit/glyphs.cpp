#include "audit/glyphs.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"

#include "dataset/image_codec.h"

namespace equinfo::testing {
namespace {

std::uint8_t byte_of(double value) { return static_cast<std::uint8_t>(std::clamp(std::nearbyint(value), 0.0, 255.0)); }

/// A smooth random pattern in −1 … 1: a sum of blobs, away from the border.
std::vector<double> pattern(std::int64_t side, std::uint64_t seed, std::uint64_t index) {
  RandomStream stream(seed, "glyph", index);
  std::vector<double> values(static_cast<std::size_t>(side * side), 0.0);
  for (int blob = 0; blob < 6; ++blob) {
    const double size = static_cast<double>(side), y = size * (0.2 + 0.6 * stream.uniform());
    const double x = size * (0.2 + 0.6 * stream.uniform()), width = size * (0.06 + 0.06 * stream.uniform());
    const double sign = stream.uniform() < 0.5 ? -1.0 : 1.0;
    for (std::int64_t k = 0; k < side * side; ++k) {
      const double dy = static_cast<double>(k / side) - y, dx = static_cast<double>(k % side) - x;
      values[static_cast<std::size_t>(k)] += sign * std::exp(-(dx * dx + dy * dy) / (2.0 * width * width));
    }
  }
  return values;
}

void write_image(const std::vector<double>& values, double noise, RandomStream& stream, ImageRows& images,
                 std::int64_t i) {
  const double level = 128.0 + 30.0 * stream.normal(), contrast = 70.0 * (0.7 + 0.6 * stream.uniform());
  std::vector<double> tint;
  for (std::int64_t c = 0; c < images.channels; ++c)
    tint.push_back(images.channels == 1 ? 0.0 : 25.0 * stream.normal());
  const auto image = images.image(i);
  for (std::size_t k = 0; k < image.size(); ++k) {
    const double value = level + tint[k / values.size()] + contrast * values[k % values.size()];
    image[k] = byte_of(value + noise * stream.normal());
  }
}

LabelledImages empty_images(std::int64_t classes, std::int64_t per_class, std::int64_t side, std::int64_t channels) {
  LabelledImages labelled;
  labelled.images = blank_images({{}, 0, channels, side, side}, classes * per_class);
  for (std::int64_t i = 0; i < classes * per_class; ++i) labelled.y.push_back(i / per_class);
  return labelled;
}

}  // namespace

LabelledImages glyphs(const GlyphOptions& options) {
  auto labelled = empty_images(options.classes, options.per_class, options.side, options.channels);
  for (std::int64_t i = 0; i < labelled.images.count; ++i) {
    const auto y = static_cast<std::uint64_t>(labelled.y[static_cast<std::size_t>(i)]);
    auto values = pattern(options.side, options.seed, options.pairs ? y / 2 : y);
    if (options.pairs && y % 2 == 1) std::ranges::reverse(values);
    RandomStream stream(options.seed, "glyph image", static_cast<std::uint64_t>(i));
    write_image(values, options.noise, stream, labelled.images, i);
  }
  return labelled;
}

LabelledImages textures(std::int64_t classes, std::int64_t per_class, std::int64_t side, std::int64_t channels,
                        std::uint64_t seed) {
  auto labelled = empty_images(classes, per_class, side, channels);
  for (std::int64_t i = 0; i < labelled.images.count; ++i) {
    RandomStream stream(seed, "texture", static_cast<std::uint64_t>(i));
    const double detail = 1.2 + 0.15 * static_cast<double>(labelled.y[static_cast<std::size_t>(i)]);
    std::vector<double> plane(static_cast<std::size_t>(side * side), 0.0);
    for (int wave = 0; wave < 40; ++wave) {
      const double frequency = 0.04 * std::pow(11.0, stream.uniform()), angle = 6.283185307 * stream.uniform();
      const double phase = 6.283185307 * stream.uniform(), size = std::pow(frequency / 0.04, -detail) * stream.normal();
      for (std::int64_t k = 0; k < side * side; ++k) {
        const double y = static_cast<double>(k / side), x = static_cast<double>(k % side);
        plane[static_cast<std::size_t>(k)] +=
            size * std::cos(6.283185307 * frequency * (x * std::cos(angle) + y * std::sin(angle)) + phase);
      }
    }
    for (double& value : plane) value *= 0.4;
    write_image(plane, 3.0, stream, labelled.images, i);
  }
  return labelled;
}

AuditedTransform changing(std::string name, std::int64_t values, PixelChange change) {
  AuditedTransform transform;
  transform.name = std::move(name);
  for (std::int64_t t = 0; t < values; ++t) transform.values.push_back(std::to_string(t));
  transform.apply = [change](const ImageRows& images, std::span<const std::int64_t> number,
                             std::span<const std::int64_t> t) {
    ImageRows rows = select_images(images, number);
    for (std::int64_t row = 0; row < rows.count; ++row) {
      const auto r = static_cast<std::size_t>(row);
      change(number[r], t[r], rows, row);
    }
    return rows;
  };
  return transform;
}

void turn_over(ImageRows& rows, std::int64_t row) {
  const auto image = rows.image(row);
  const auto area = static_cast<std::size_t>(rows.height * rows.width);
  for (std::int64_t c = 0; c < rows.channels; ++c) {
    std::ranges::reverse(image.subspan(static_cast<std::size_t>(c) * area, area));
  }
}

void mirror(ImageRows& rows, std::int64_t row) {
  const auto image = rows.image(row);
  const auto width = static_cast<std::size_t>(rows.width);
  for (std::size_t first = 0; first < image.size(); first += width) std::ranges::reverse(image.subspan(first, width));
}

void remove_colour(ImageRows& rows, std::int64_t row) {
  const auto image = rows.image(row);
  const auto area = image.size() / 3;
  for (std::size_t k = 0; k < area; ++k) {
    const std::uint8_t value = luma(image[k], image[area + k], image[2 * area + k]);
    image[k] = image[area + k] = image[2 * area + k] = value;
  }
}

AuditOptions small_options() {
  AuditOptions options;
  options.filters = 12;
  options.rectifiers = 64;
  options.most_surrogates = 200;
  options.most_shown_images = 0;
  options.permuted_null = false;
  options.threads = 1;
  return options;
}

}  // namespace equinfo::testing
