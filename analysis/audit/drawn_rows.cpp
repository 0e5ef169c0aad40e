#include "audit/drawn_rows.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace equinfo {

DrawnRows draw_rows(std::int64_t images, std::int64_t values, std::int64_t draws, std::uint64_t seed) {
  DrawnRows rows;
  RandomStream stream(seed, "audit draws");
  for (std::int64_t i = 0; i < images; ++i) {
    std::vector<std::int64_t> chosen(static_cast<std::size_t>(values));
    std::iota(chosen.begin(), chosen.end(), std::int64_t{0});
    if (values > draws) {
      chosen = stream.permutation(values);
      chosen.resize(static_cast<std::size_t>(draws));
    }
    for (const std::int64_t t : chosen) {
      rows.image.push_back(i);
      rows.t.push_back(t);
    }
  }
  return rows;
}

std::vector<std::int64_t> spaced_images(std::int64_t count, std::int64_t most) {
  std::vector<std::int64_t> numbers;
  const std::int64_t kept = std::min(count, most);
  for (std::int64_t k = 0; k < kept; ++k) numbers.push_back(k * count / kept);
  return numbers;
}

TransformedRows transform_rows(const ImageRows& images, std::span<const std::int64_t> y,
                               const AuditedTransform& transform, const AuditOptions& options) {
  DrawnRows drawn =
      draw_rows(images.count, static_cast<std::int64_t>(transform.values.size()), options.draws, options.seed);
  std::vector<std::int64_t> row_y;
  for (const std::int64_t i : drawn.image) row_y.push_back(y[static_cast<std::size_t>(i)]);
  ImageRows rows = transform.apply(images, drawn.image, drawn.t);
  require(rows.count == static_cast<std::int64_t>(drawn.t.size()), "audit: {} gave {} images for {} rows",
          transform.name, rows.count, drawn.t.size());
  AuditRows cut = cut_rows(code_labels(row_y, drawn.t, drawn.image), options.folds, options.seed, options.threads);
  return {std::move(rows), std::move(cut), std::move(drawn)};
}

double unchanged_share(const ImageRows& images, const Labels& labels) {
  std::vector<std::int64_t> first(static_cast<std::size_t>(labels.sources), -1);
  std::vector<bool> same(first.size(), true);
  for (std::int64_t i = 0; i < images.count; ++i) {
    const auto source = static_cast<std::size_t>(labels.source[static_cast<std::size_t>(i)]);
    if (first[source] < 0) first[source] = i;
    if (!std::ranges::equal(images.image(first[source]), images.image(i))) same[source] = false;
  }
  return static_cast<double>(std::ranges::count(same, true)) / static_cast<double>(labels.sources);
}

}  // namespace equinfo
