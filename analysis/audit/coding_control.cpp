#include "audit/coding_control.h"

#include <algorithm>

#include "audit/drawn_rows.h"
#include "audit/evidence.h"
#include "audit/view.h"
#include "core/random.h"

namespace equinfo {
namespace {

/// Mirrors each line, then the order of lines, then swaps lines and columns, as the bits of `pose` say.
void set_pose(std::span<std::uint8_t> plane, std::int64_t height, std::int64_t width, std::int64_t pose) {
  const std::vector<std::uint8_t> from(plane.begin(), plane.end());
  for (std::int64_t i = 0; i < height; ++i) {
    for (std::int64_t j = 0; j < width; ++j) {
      std::int64_t row = (pose & 2) != 0 ? height - 1 - i : i, column = (pose & 1) != 0 ? width - 1 - j : j;
      if ((pose & 4) != 0) std::swap(row, column);
      plane[static_cast<std::size_t>(i * width + j)] = from[static_cast<std::size_t>(row * width + column)];
    }
  }
}

std::vector<double> row_information(const TransformedRows& data, const View& view, const AuditOptions& options) {
  const Matrix<float> x = standardised(read_view(view, data.images, options.threads));
  return information_of(known_class_evidence(x, data.rows), data.rows.labels);
}

}  // namespace

ImageRows randomly_posed(const ImageRows& images, std::uint64_t seed) {
  ImageRows posed = images;
  RandomStream stream(seed, "audit poses");
  const auto area = static_cast<std::size_t>(images.height * images.width);
  for (std::int64_t i = 0; i < posed.count; ++i) {
    const std::int64_t pose = stream.below(images.height == images.width ? 8 : 4);
    for (std::int64_t c = 0; c < images.channels; ++c) {
      set_pose(posed.image(i).subspan(static_cast<std::size_t>(c) * area, area), images.height, images.width, pose);
    }
  }
  return posed;
}

Reading coding_leak(const ImageRows& images, std::span<const std::int64_t> y, const AuditedTransform& transform,
                    const Recode& recode, const AuditOptions& options) {
  const auto chosen = spaced_images(images.count, options.most_surrogates);
  std::vector<std::int64_t> classes;
  for (const std::int64_t i : chosen) classes.push_back(y[static_cast<std::size_t>(i)]);
  const ImageRows posed = randomly_posed(select_images(images, chosen), options.seed);
  ImageRows coded = posed;
  recode(coded);
  const TransformedRows clean = transform_rows(posed, classes, transform, options);
  const TransformedRows leaky = transform_rows(coded, classes, transform, options);
  const View view = whole_image().bind(leaky.images, {options.filters, options.seed, options.threads});
  const Labels& labels = clean.rows.labels;
  return mean_reading(row_difference(row_information(leaky, view, options), row_information(clean, view, options)),
                      {labels.source, labels.sources, options.ci_level});
}

}  // namespace equinfo
