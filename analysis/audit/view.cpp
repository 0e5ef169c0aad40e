#include "audit/view.h"

#include <algorithm>
#include <memory>

#include "audit/view_table.h"
#include "compute/parallel.h"
#include "core/error.h"
#include "core/suggest.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockImages = 32;

/// Several views side by side.
View joined(std::vector<View> parts) {
  View view;
  for (const View& part : parts) view.dims += part.dims;
  const auto shared = std::make_shared<const std::vector<View>>(std::move(parts));
  view.read = [shared](const ImagePlanes& image, std::span<float> features) {
    std::size_t first = 0;
    for (const View& part : *shared) {
      const auto dims = static_cast<std::size_t>(part.dims);
      part.read(image, features.subspan(first, dims));
      first += dims;
    }
  };
  return view;
}

View bind_whole_image(const ImageRows& images, const ViewOptions& options) {
  std::vector<View> parts{view_table::filters().bind(images, options)};
  for (const auto& kind :
       {view_table::thumbnail(), view_table::level(), view_table::border(), view_table::frequency()}) {
    parts.push_back(kind.bind(images, options));
  }
  return joined(std::move(parts));
}

}  // namespace

const std::vector<ViewKind>& view_kinds() {
  static const std::vector<ViewKind> kinds{view_table::level(),     view_table::border(),
                                           view_table::frequency(), view_table::patches(),
                                           view_table::thumbnail(), view_table::random_encoder()};
  return kinds;
}

const ViewKind& find_view(const std::string& name) {
  std::vector<std::string> names;
  for (const ViewKind& kind : view_kinds()) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  throw std::invalid_argument(
      fmt::format("view: \"{}\" is unknown; the nearest known one is \"{}\"", name, nearest_name(name, names)));
}

const ViewKind& whole_image() {
  static const ViewKind kind{"", "the whole image", false, false, bind_whole_image};
  return kind;
}

Matrix<float> read_view(const View& view, const ImageRows& images, int threads) {
  Matrix<float> features(images.count, view.dims);
  const std::int64_t blocks = (images.count + kBlockImages - 1) / kBlockImages;
  parallel_for(blocks, threads, [&](std::int64_t block) {
    const std::int64_t end = std::min(images.count, (block + 1) * kBlockImages);
    for (std::int64_t i = block * kBlockImages; i < end; ++i) view.read(ImagePlanes(images, i), features.row(i));
  });
  return features;
}

}  // namespace equinfo
