#include "dataset/dataset.h"

#include <array>

#include "core/error.h"
#include "dataset/format.h"

namespace equinfo {
namespace {

#define EQUINFO_ADDRESS(name) &dataset_formats::name,
constexpr std::array kFormats{EQUINFO_DATASET_FORMATS(EQUINFO_ADDRESS)};
#undef EQUINFO_ADDRESS

std::string expected_formats() {
  std::string text;
  for (const auto* format : kFormats) text += fmt::format("{}{}", text.empty() ? "" : "; ", format->description);
  return text;
}

}  // namespace

const char* split_name(Split split) { return split == Split::kTrain ? "train" : "test"; }

ImageDataset load_dataset(const std::filesystem::path& path, Split split, const LoadOptions& options) {
  require(options.limit >= 0, "dataset: limit = {} is negative", options.limit);
  require(options.threads >= 0, "dataset: threads = {} is negative", options.threads);
  std::error_code failure;
  require_file(std::filesystem::exists(path, failure), "{}: no such file or folder", path.string());
  for (const auto* format : kFormats) {
    if (!format->recognises(path)) continue;
    require(options.labels == ClassLevel::kFine || format->has_coarse_labels,
            "{}: has no coarse labels; only CIFAR-100 has them", path.string());
    return format->load(path, split, options);
  }
  throw IoError(fmt::format("{}: not a dataset this program knows ({})", path.string(), expected_formats()));
}

}  // namespace equinfo
