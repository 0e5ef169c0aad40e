#include "train/transform_sheet.h"

#include <algorithm>

#include <fmt/format.h>

#include "train/images.h"
#include "train/trainer.h"
#include "transform/name.h"
#include "transform/transform.h"

namespace equinfo {
namespace {

constexpr std::int64_t kValues = 8;                                           // of one transformation, at most
constexpr std::int64_t kNames = 230, kGap = 14, kCaption = 36, kMargin = 12;  // pixels

/// What the table's examples alone do not show; each comes behind its kind, products last.
const std::vector<std::string> kMore{"rotation8", "rotation8+circle", "rotation8+circle+offset22.5", "rotation",
                                     "jigsaw3",   "blur_tied5",       "jitter+hue+strength1"};

std::vector<std::string> names_to_show() {
  std::vector<std::string> names;
  for (const auto& name : transform_names()) {
    names.push_back(name);
    for (const auto& more : kMore) {
      if (TransformName(more).kind() == TransformName(name).kind()) names.push_back(more);
    }
  }
  names.push_back("rotation4*hflip");
  return names;
}

/// The values that a row shows, as labels.
torch::Tensor labels_to_show(const Transform& transform) {
  const auto shown = [](std::int64_t values) { return torch::arange(std::min(values, kValues), torch::kInt64); };
  if (!transform.continuous()) {
    const auto count = transform.count();
    return count <= kValues ? shown(count) : (shown(count) * (count - 1)).div(kValues - 1, "floor");
  }
  auto generator = make_generator(0, transform.name);
  if (transform.components.size() > 1) return transform.draw_labels(kValues, generator);
  const auto& range = transform.components[0];
  const auto share = torch::arange(kValues, torch::kDouble) / static_cast<double>(kValues);
  return (share * (range.high - range.low) + range.low).view({-1, 1});
}

std::string caption_of(const Transform& transform, const torch::Tensor& labels, std::int64_t row) {
  if (!transform.continuous()) return transform.values[static_cast<std::size_t>(labels[row].item<std::int64_t>())];
  std::string text;
  for (std::int64_t i = 0; i < labels.size(1); ++i) {
    // Two numbers a line; the line's end is gnuplot's.
    const char* separator = i == 0 ? "" : i % 2 == 0 ? "\\n" : ", ";
    text += fmt::format("{}{:.{}g}", separator, labels[row][i].item<double>(), labels.size(1) == 1 ? 3 : 2);
  }
  return text;
}

/// The canvas and the words on it.
class Sheet {
 public:
  Sheet(const ImageDataset& images, std::int64_t rows)
      : scale_(std::max<std::int64_t>(1, (80 + images.width / 2) / images.width)),
        tile_height_(scale_ * images.height),
        tile_width_(scale_ * images.width),
        canvas_(torch::full({3, 2 * kMargin + rows * (tile_height_ + kCaption),
                             kNames + (kValues + 1) * (tile_width_ + kGap) + kMargin},
                            255, torch::kUInt8)) {}

  void put(std::int64_t row, std::int64_t column, const torch::Tensor& image, const std::string& caption) {
    const auto large = image.repeat_interleave(scale_, 1).repeat_interleave(scale_, 2);
    const auto top = top_of(row), left = kNames + column * (tile_width_ + kGap);
    canvas_.narrow(1, top, tile_height_).narrow(2, left, tile_width_).copy_(large.expand({3, -1, -1}));
    words_ += fmt::format("set label \"{}\" at {},{} center front font ',8' textcolor rgb '#555555'\n", caption,
                          left + tile_width_ / 2, top + tile_height_ + 8);
  }

  void name(std::int64_t row, const std::string& name, const std::string& remark) {
    const auto top = top_of(row) + tile_height_ / 2 - 8;
    words_ += fmt::format("set label \"{}\" at {},{} front font ',11'\n", name, kMargin, top);
    words_ +=
        fmt::format("set label \"{}\" at {},{} front font ',8' textcolor rgb '#555555'\n", remark, kMargin, top + 17);
  }

  std::string script() const {
    const auto height = canvas_.size(1), width = canvas_.size(2);
    const auto pixels = canvas_.permute({1, 2, 0}).contiguous();
    return fmt::format(
               "set terminal pngcairo noenhanced size {0},{1} fontscale 1 linewidth 1 font 'DejaVu Sans,7'\n"
               "unset key; unset border; unset tics; unset colorbox\n"
               "set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0; "
               "set tmargin at screen 1\nset xrange [0:{0}]; set yrange [{1}:0]\n{2}"
               "plot '-' binary array=({0},{1}) origin=(0.5,0.5) format='%uchar%uchar%uchar' using 1:2:3 "
               "with rgbimage\n",
               width, height, words_) +
           std::string(static_cast<const char*>(pixels.data_ptr()), pixels.nbytes());
  }

 private:
  std::int64_t top_of(std::int64_t row) const { return kMargin + row * (tile_height_ + kCaption); }

  std::int64_t scale_, tile_height_, tile_width_;
  torch::Tensor canvas_;  // [3, height, width]
  std::string words_;
};

std::string remark_of(const Transform& transform) {
  if (transform.continuous()) {
    return fmt::format("continuous, {} component{}", transform.components.size(),
                       transform.components.size() == 1 ? "" : "s");
  }
  return fmt::format("{} values{}", transform.count(), transform.noise > 0 ? ", ambiguous by chance" : "");
}

void add_row(Sheet& sheet, std::int64_t row, const Transform& transform, const torch::Tensor& image) {
  const auto labels = labels_to_show(transform);
  const auto count = labels.size(0);
  auto generator = make_generator(0, "noise of the sheet", row);
  const auto images = image.unsqueeze(0).expand({count, -1, -1, -1});
  const auto changed = transform.apply(images, labels, transform.draw_noise(count, generator));
  sheet.name(row, transform.name, remark_of(transform));
  sheet.put(row, 0, image, "image");
  for (std::int64_t i = 0; i < count; ++i) sheet.put(row, i + 1, changed[i], caption_of(transform, labels, i));
}

}  // namespace

std::string transform_sheet(const ImageDataset& images) {
  const auto pixels = to_device(images, torch::kCPU).pixels;
  const auto names = names_to_show();
  Sheet sheet(images, static_cast<std::int64_t>(names.size()));
  for (std::int64_t row = 0; row < static_cast<std::int64_t>(names.size()); ++row) {
    add_row(sheet, row, find_transform(names[static_cast<std::size_t>(row)]), pixels[row * 7 % images.count]);
  }
  return sheet.script();
}

}  // namespace equinfo
