#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "audit/audit.h"

/// Small images whose information about T is known.
namespace equinfo::testing {

struct LabelledImages {
  ImageRows images;
  std::vector<std::int64_t> y;
};

struct GlyphOptions {
  std::int64_t classes = 6, per_class = 50, side = 16, channels = 1;
  bool pairs = false;   ///< class 2k + 1 is class 2k turned by 180°, as 9 is 6
  double noise = 24.0;  ///< standard deviation of the grey levels
  std::uint64_t seed = 1;
};

/// One random glyph a class, with its own brightness and contrast in every image, and noise. In colour each image has a
/// tint.
LabelledImages glyphs(const GlyphOptions& options);

/// Textures without any direction, natural in spectrum, with class in the amount of detail: a turn can only be read off
/// how it was done. side × side, colour or grey.
LabelledImages textures(std::int64_t classes, std::int64_t per_class, std::int64_t side, std::int64_t channels,
                        std::uint64_t seed);

/// Sets or moves pixels of one copied image, given T.
using PixelChange = std::function<void(std::int64_t image, std::int64_t t, ImageRows& rows, std::int64_t row)>;
/// A transformation of `values` values that copies the image and lets `change` work on it.
AuditedTransform changing(std::string name, std::int64_t values, PixelChange change);

/// Row `row` turned by 180°, or mirrored left to right.
void turn_over(ImageRows& rows, std::int64_t row);
void mirror(ImageRows& rows, std::int64_t row);
/// Every channel becomes the luma.
void remove_colour(ImageRows& rows, std::int64_t row);

/// Few filters and random features: enough for images as small as these.
AuditOptions small_options();

}  // namespace equinfo::testing
