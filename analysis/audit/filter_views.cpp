// Views made of filters: of the whole image in parts, a bag without places, and filters of random weights.

#include <memory>

#include "audit/filter_bank.h"
#include "audit/view_table.h"

namespace equinfo::view_table {
namespace {

View view_of(FilterBank bank, std::int64_t grid) {
  const auto shared = std::make_shared<const FilterBank>(std::move(bank));
  return {shared->dims(grid),
          [shared, grid](const ImagePlanes& image, std::span<float> features) { shared->read(image, grid, features); }};
}

View bind_filters(const ImageRows& images, const ViewOptions& options) {
  return view_of(FilterBank::from_images(images, options.filters, options.seed), 2);
}

View bind_patches(const ImageRows& images, const ViewOptions& options) {
  return view_of(FilterBank::from_images(images, options.filters, options.seed), 1);
}

View bind_random_encoder(const ImageRows& images, const ViewOptions& options) {
  return view_of(FilterBank::random(images, options.filters, options.seed), 2);
}

}  // namespace

ViewKind filters() { return {"filters", "patches of the data as filters, in 2 × 2 parts", false, false, bind_filters}; }

ViewKind patches() { return {"patches", "5 × 5 patches without their places", false, false, bind_patches}; }

ViewKind random_encoder() {
  return {"random_encoder", "filters of random weights in 2 × 2 parts", false, false, bind_random_encoder};
}

}  // namespace equinfo::view_table
