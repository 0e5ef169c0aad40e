#include "dataset/labelled_rows.h"

#include <algorithm>

#include "core/error.h"
#include "dataset/subset.h"

namespace equinfo {

void require_two_classes(const std::filesystem::path& path, const std::vector<std::int64_t>& labels) {
  const auto [least, largest] = std::minmax_element(labels.begin(), labels.end());
  require_file(least != labels.end() && *least != *largest, "{}: a single class, {}; at least two are needed",
               path.string(), least == labels.end() ? 0 : *least);
}

std::vector<std::string> numbered_classes(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t c = 0; c < count; ++c) names.push_back(std::to_string(c));
  return names;
}

void keep_chosen_rows(const LoadOptions& options, ImageDataset& dataset) {
  const auto classes = static_cast<std::int64_t>(dataset.class_names.size());
  const auto rows = balanced_subset(dataset.labels, classes, options.limit, options.seed);
  const std::int64_t size = dataset.channels * dataset.height * dataset.width;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    // Rows ascend, so a row only ever moves towards the front.
    std::copy_n(dataset.pixels.begin() + rows[k] * size, size,
                dataset.pixels.begin() + static_cast<std::int64_t>(k) * size);
    dataset.labels[k] = dataset.labels[static_cast<std::size_t>(rows[k])];
  }
  dataset.count = static_cast<std::int64_t>(rows.size());
  dataset.labels.resize(rows.size());
  dataset.pixels.resize(rows.size() * static_cast<std::size_t>(size));
}

}  // namespace equinfo
