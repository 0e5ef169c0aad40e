#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "audit/audit.h"
#include "audit/evidence.h"

namespace equinfo {

/// Which value of T each row shows of which image: every value if T has no more than `draws`, else `draws` of them at
/// random. Rows of an image follow each other.
struct DrawnRows {
  std::vector<std::int64_t> image, t;
};
DrawnRows draw_rows(std::int64_t images, std::int64_t values, std::int64_t draws, std::uint64_t seed);

/// Numbers of at most `most` of `count` images, evenly spaced.
std::vector<std::int64_t> spaced_images(std::int64_t count, std::int64_t most);

/// Images under T and their labels, ready to be read.
struct TransformedRows {
  ImageRows images;
  AuditRows rows;
  DrawnRows drawn;
};
TransformedRows transform_rows(const ImageRows& images, std::span<const std::int64_t> y,
                               const AuditedTransform& transform, const AuditOptions& options);

/// The share of the sources whose rows all show the same bytes.
double unchanged_share(const ImageRows& images, const Labels& labels);

}  // namespace equinfo
