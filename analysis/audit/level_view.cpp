// Which values an image has, wherever they are. Built from histograms, so that moving pixels changes no bit of it.

#include <algorithm>
#include <array>
#include <cmath>

#include "audit/feature_writer.h"
#include "audit/view_table.h"

namespace equinfo::view_table {
namespace {

constexpr int kQuantileSteps = 10, kBins = 12, kLargest = 255;
using Histogram = std::array<std::int64_t, 2 * kLargest + 1>;  // of values −255 … 255

Histogram histogram_of(std::span<const std::uint8_t> plane, std::span<const std::uint8_t> minus) {
  Histogram counts{};
  for (std::size_t k = 0; k < plane.size(); ++k) {
    ++counts[static_cast<std::size_t>(kLargest + plane[k] - (minus.empty() ? 0 : minus[k]))];
  }
  return counts;
}

/// Mean over the histogram of `f(value)`.
template <class Function>
double mean_of(const Histogram& counts, Function f) {
  double sum = 0.0, n = 0.0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 0) continue;
    sum += static_cast<double>(counts[k]) * f(static_cast<double>(k) - kLargest);
    n += static_cast<double>(counts[k]);
  }
  return sum / n;
}

/// The smallest value that at least the share `q` of the pixels does not exceed.
double quantile(const Histogram& counts, double q) {
  std::int64_t total = 0, below = 0;
  for (const auto count : counts) total += count;
  const auto wanted = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(q * static_cast<double>(total))));
  std::size_t k = 0;
  while ((below += counts[k]) < wanted) ++k;
  return static_cast<double>(k) - kLargest;
}

void add_channel(const Histogram& counts, std::int64_t area, FeatureWriter& writer) {
  for (int i = 0; i <= kQuantileSteps; ++i) writer.add(quantile(counts, static_cast<double>(i) / kQuantileSteps));
  const double mean = mean_of(counts, [](double v) { return v; });
  const double variance = mean_of(counts, [mean](double v) { return (v - mean) * (v - mean); });
  const double third = mean_of(counts, [mean](double v) { return (v - mean) * (v - mean) * (v - mean); });
  const double deviation = std::sqrt(variance);
  writer.add(mean);
  writer.add(deviation);
  writer.add_log(deviation);
  writer.add(variance > 0.0 ? third / (variance * deviation) : 0.0);
  std::array<double, kBins> bins{};
  for (int v = 0; v <= kLargest; ++v) {
    bins[static_cast<std::size_t>(v * kBins / (kLargest + 1))] +=
        static_cast<double>(counts[static_cast<std::size_t>(kLargest + v)]) / static_cast<double>(area);
  }
  writer.add(static_cast<double>(counts[kLargest]) / static_cast<double>(area));
  writer.add(static_cast<double>(counts[2 * kLargest]) / static_cast<double>(area));
  for (const double share : bins) writer.add(share);
}

void add_difference(const Histogram& counts, FeatureWriter& writer) {
  const double mean = mean_of(counts, [](double v) { return v; });
  writer.add(mean);
  writer.add(mean_of(counts, [](double v) { return std::abs(v); }));
  writer.add_log(std::sqrt(mean_of(counts, [mean](double v) { return (v - mean) * (v - mean); })));
}

void write(std::span<const std::uint8_t> bytes, std::int64_t channels, FeatureWriter& writer) {
  const auto area = bytes.size() / static_cast<std::size_t>(channels);
  const auto plane = [&](std::int64_t c) { return bytes.subspan(static_cast<std::size_t>(c) * area, area); };
  for (std::int64_t c = 0; c < channels; ++c) {
    add_channel(histogram_of(plane(c), {}), static_cast<std::int64_t>(area), writer);
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t other = c + 1; other < channels; ++other) {
      add_difference(histogram_of(plane(c), plane(other)), writer);
    }
  }
}

View bind(const ImageRows& images, const ViewOptions&) {
  FeatureWriter counter;
  write(std::vector<std::uint8_t>(static_cast<std::size_t>(images.image_size())), images.channels, counter);
  return {static_cast<std::int64_t>(counter.count()),
          [channels = images.channels](const ImagePlanes& image, std::span<float> features) {
            FeatureWriter writer(features);
            write(image.bytes(), channels, writer);
          }};
}

}  // namespace

ViewKind level() { return {"level", "which values there are, wherever they lie", true, true, bind}; }

}  // namespace equinfo::view_table
