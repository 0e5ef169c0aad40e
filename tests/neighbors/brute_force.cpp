#include "neighbors/brute_force.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "neighbors/device_rows.h"
#include "neighbors/emulated_counter.h"

namespace equinfo {

double squared_distance(const Matrix<float>& z, std::int64_t i, std::int64_t j) {
  double sum = 0;
  for (std::int64_t c = 0; c < z.cols(); ++c) {
    const double difference = static_cast<double>(z(i, c)) - static_cast<double>(z(j, c));
    sum += difference * difference;
  }
  return sum;
}

SharedRadius brute_force(const NeighborData& data, int k) {
  SharedRadius result;
  const std::int64_t rows = data.z.rows();
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto a = static_cast<std::size_t>(i);
    const auto eligible = [&](std::size_t b) {
      return a != b && (data.source.empty() || data.source[a] != data.source[b]);
    };
    std::vector<double> inside;
    for (std::int64_t j = 0; j < rows; ++j) {
      const auto b = static_cast<std::size_t>(j);
      if (eligible(b) && data.y[a] == data.y[b] && data.t[a] == data.t[b]) {
        inside.push_back(squared_distance(data.z, i, j));
      }
    }
    std::sort(inside.begin(), inside.end());
    const double radius = inside.at(static_cast<std::size_t>(k - 1));
    LabelCounts counts;
    for (std::int64_t j = 0; j < rows; ++j) {
      const auto b = static_cast<std::size_t>(j);
      if (!eligible(b) || squared_distance(data.z, i, j) > radius) continue;
      counts.yt += data.y[a] == data.y[b] && data.t[a] == data.t[b];
      counts.y += data.y[a] == data.y[b];
      counts.t += data.t[a] == data.t[b];
      ++counts.all;
    }
    result.squared_radius.push_back(radius);
    result.counts.push_back(counts);
  }
  return result;
}

NeighborData drawn(const RandomShape& shape, std::uint64_t seed) {
  RandomStream stream(seed, "neighbors test");
  NeighborData data{.z = Matrix<float>(shape.rows, shape.cols),
                    .y = {},
                    .t = {},
                    .source = {},
                    .classes = shape.classes,
                    .transforms = shape.transforms};
  for (std::int64_t i = 0; i < shape.rows; ++i) {
    data.y.push_back(stream.uniform() < shape.imbalance ? 0 : static_cast<std::int32_t>(stream.below(shape.classes)));
    data.t.push_back(static_cast<std::int32_t>(stream.below(shape.transforms)));
    if (shape.per_source > 1) data.source.push_back(static_cast<std::int32_t>(i / shape.per_source));
    for (std::int64_t c = 0; c < shape.cols; ++c) {
      double x = stream.normal() + (c == 0 ? data.y.back() : 0);
      if (shape.grid > 0) x = std::round(x / shape.grid) * shape.grid;
      data.z(i, c) = static_cast<float>(shape.offset + shape.scale * x);
    }
  }
  return data;
}

std::vector<NeighborEngine> processor_engines() {
  std::vector<NeighborEngine> all{NeighborEngine::kAuto, NeighborEngine::kProduct};
  for (const NeighborEngine engine :
       {NeighborEngine::kAvx2, NeighborEngine::kAvx512, NeighborEngine::kVnni, NeighborEngine::kAmx}) {
    if (engine_available(engine)) all.push_back(engine);
  }
  return all;
}

std::vector<NeighborEngine> engines() {
  auto all = processor_engines();
  all.push_back(NeighborEngine::kCuda);
  return all;
}

NeighborOptions options_of(NeighborEngine engine, int k, int threads) {
  static EmulatedCounter forwards(EmulatedDevice::Order::kForwards), backwards(EmulatedDevice::Order::kBackwards);
  constexpr std::uint32_t kLeastRoom = device::kTile * device::kTile;
  static const DeviceUse few{forwards, 5, kLeastRoom, 1}, many{backwards, 1000, 10 * kLeastRoom};
  return {.k = k, .threads = threads, .engine = engine, .device = threads == 1 ? &few : &many};
}

}  // namespace equinfo
