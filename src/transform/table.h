#pragma once

#include "transform/name.h"
#include "transform/transform.h"

// The table of transformations, one line each: `NAME` stands for the constant `const TransformKind NAME` of NAME.cpp.
#define EQUINFO_TRANSFORMS(line)                                                                         \
  line(identity) line(rotation) line(hflip) line(vflip) line(d4) line(jigsaw) line(blur) line(blur_tied) \
      line(grayscale) line(invert) line(solarize) line(jitter) line(crop) line(occlusion)

namespace equinfo {

/// A family of transformations that share a name and differ in a number and options.
struct TransformKind {
  const char* usage;    ///< how it is written, such as "rotationN[+circle][+offsetD]"
  const char* example;  ///< one member, such as "rotation8"
  const char* summary;  ///< one line for --help
  /// Fills everything but `name`. Asks `name` for each number and option it knows.
  Transform (*make)(TransformName& name);
};

namespace transform_table {

#define EQUINFO_DECLARE(name) extern const TransformKind name;
EQUINFO_TRANSFORMS(EQUINFO_DECLARE)
#undef EQUINFO_DECLARE

}  // namespace transform_table

/// Two transformations of one batch, the first one first. Throws std::invalid_argument if one is continuous and the
/// other is not.
Transform product(const Transform& first, const Transform& second);

}  // namespace equinfo
