// How much detail there is of which size and direction, and whether steps repeat with the blocks of a codec.

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "audit/feature_writer.h"
#include "audit/spectrum.h"
#include "audit/view_table.h"

namespace equinfo::view_table {
namespace {

constexpr int kRadii = 8, kDirections = 4, kPeriod = 8;

/// Where a frequency of a half plane goes, and how many of the whole plane it stands for.
struct Bin {
  int number = 0;  // −1: nowhere
  double weight = 2.0;
};

/// The bin of each frequency of a spectrum; the mean has none.
std::vector<Bin> bins_of(std::int64_t height, std::int64_t width) {
  std::vector<Bin> bins;
  for (std::int64_t u = 0; u < height; ++u) {
    for (std::int64_t v = 0; v <= width / 2; ++v) {
      const double y = row_frequency(u, height), x = static_cast<double>(v) / static_cast<double>(width);
      const int radius = std::min(kRadii - 1, static_cast<int>(std::hypot(x, y) / 0.5 * kRadii));
      const double turn = std::atan2(y, x) / std::numbers::pi + 1.0 / (2 * kDirections) + 1.0;
      const int direction = static_cast<int>((turn - std::floor(turn)) * kDirections) % kDirections;
      bins.push_back({u == 0 && v == 0 ? -1 : radius * kDirections + direction, v == 0 || 2 * v == width ? 1.0 : 2.0});
    }
  }
  return bins;
}

void add_energies(const Matrix<float>& power, const std::vector<Bin>& bins, FeatureWriter& writer) {
  double sum[kRadii * kDirections] = {}, count[kRadii * kDirections] = {};
  for (std::size_t k = 0; k < bins.size(); ++k) {
    if (bins[k].number < 0) continue;
    sum[bins[k].number] += bins[k].weight * power.data()[k];
    count[bins[k].number] += bins[k].weight;
  }
  for (int bin = 0; bin < kRadii * kDirections; ++bin) {
    writer.add_log(count[bin] > 0.0 ? std::sqrt(sum[bin] / count[bin]) : 0.0);
  }
}

/// Mean |step| between neighbouring lines, one for each step of an axis.
std::vector<double> steps_along(const Matrix<float>& plane, bool down) {
  const std::int64_t lines = down ? plane.rows() : plane.cols(), length = down ? plane.cols() : plane.rows();
  std::vector<double> steps;
  for (std::int64_t i = 0; i + 1 < lines; ++i) {
    double sum = 0.0;
    for (std::int64_t k = 0; k < length; ++k) {
      sum += std::abs(down ? plane(i + 1, k) - plane(i, k) : plane(k, i + 1) - plane(k, i));
    }
    steps.push_back(sum / static_cast<double>(length));
  }
  return steps;
}

/// By how much the steps exceed their two neighbours' mean, by their place in a block of eight.
void add_profile(const std::vector<double>& steps, FeatureWriter& writer) {
  double sum[kPeriod] = {}, count[kPeriod] = {};
  for (std::size_t i = 1; i + 1 < steps.size(); ++i) {
    sum[i % kPeriod] += steps[i] - 0.5 * (steps[i - 1] + steps[i + 1]);
    ++count[i % kPeriod];
  }
  for (int k = 0; k < kPeriod; ++k) writer.add(count[k] > 0.0 ? sum[k] / count[k] : 0.0);
}

double mean_laplacian(const Matrix<float>& plane) {
  double sum = 0.0;
  for (std::int64_t i = 1; i + 1 < plane.rows(); ++i) {
    for (std::int64_t j = 1; j + 1 < plane.cols(); ++j) {
      sum += std::abs(4.0F * plane(i, j) - plane(i - 1, j) - plane(i + 1, j) - plane(i, j - 1) - plane(i, j + 1));
    }
  }
  return sum / static_cast<double>((plane.rows() - 2) * (plane.cols() - 2));
}

struct Tables {
  Spectrum spectrum;
  std::vector<Bin> bins;
};

void write(const ImagePlanes& image, const Tables& tables, FeatureWriter& writer) {
  for (const auto& plane : image.luma_and_chroma()) {
    add_energies(tables.spectrum.power(plane), tables.bins, writer);
    add_profile(steps_along(plane, true), writer);
    add_profile(steps_along(plane, false), writer);
    writer.add_log(mean_laplacian(plane));
  }
}

View bind(const ImageRows& images, const ViewOptions&) {
  const auto tables = std::make_shared<const Tables>(
      Tables{Spectrum(images.height, images.width, true), bins_of(images.height, images.width)});
  FeatureWriter counter;
  write(ImagePlanes(blank_images(images, 1), 0), *tables, counter);
  return {static_cast<std::int64_t>(counter.count()), [tables](const ImagePlanes& image, std::span<float> features) {
            FeatureWriter writer(features);
            write(image, *tables, writer);
          }};
}

}  // namespace

ViewKind frequency() {
  return {"frequency", "detail by size and direction, steps that repeat with a codec's blocks", true, true, bind};
}

}  // namespace equinfo::view_table
