#include "neighbors/device_rows.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "compute/parallel.h"

namespace equinfo {
namespace {

using device::kDepth;
using device::kTile;

std::int64_t rounded_up(std::int64_t count, std::int64_t step) { return (count + step - 1) / step * step; }

/// Writes values and, up to a whole tile, a filling.
template <class T>
void write_filled(std::vector<T> values, T filling, DeviceArray<T>& array) {
  values.resize(array.size(), filling);
  array.write(values);
}

std::vector<double> slacks_of(const PreparedRows& rows) {
  std::vector<double> slacks;
  for (std::int64_t i = 0; i < rows.rows(); ++i) slacks.push_back(rows.slack(i, i) / 2);
  return slacks;
}

/// Tile number `tile` as [depth][kTile]; `panel` was zero.
void pack_tile(const PreparedRows& rows, std::int64_t tile, float* panel) {
  const std::int64_t first = tile * kTile, count = std::min<std::int64_t>(kTile, rows.rows() - first);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row = rows.centred().row(first + i);
    for (std::size_t c = 0; c < row.size(); ++c) panel[c * kTile + static_cast<std::size_t>(i)] = row[c];
  }
}

}  // namespace

DeviceRows::DeviceRows(const DeviceUse& use, const PreparedRows& rows, const PreparedLabels& labels, int threads)
    : use_(use),
      tiles_(rounded_up(rows.rows(), kTile) / kTile),
      depth_(std::max<std::int64_t>(kDepth, rounded_up(rows.cols(), kDepth))),
      panels_(use.accelerator, padded_rows() * static_cast<std::size_t>(depth_) / 4),
      low_norm_(use.accelerator, padded_rows()),
      slack_(use.accelerator, padded_rows()),
      y_(use.accelerator, padded_rows()),
      t_(use.accelerator, padded_rows()),
      source_(use.accelerator, padded_rows()) {
  std::vector<float> norms = rows.low_norm();
  norms.resize(static_cast<std::size_t>(rows.rows()));
  write_filled(std::move(norms), std::numeric_limits<float>::infinity(), low_norm_);
  write_filled(slacks_of(rows), 0.0, slack_);
  write_filled(labels.y, -1, y_);
  write_filled(labels.t, -1, t_);
  write_filled(labels.source, -1, source_);
  write_panels(rows, threads);
}

/// Some tiles at a time, so that this process holds few of them twice.
void DeviceRows::write_panels(const PreparedRows& rows, int threads) {
  constexpr std::int64_t kFloats = 1 << 24;
  const std::int64_t of_tile = depth_ * kTile, group = std::max<std::int64_t>(1, kFloats / of_tile);
  std::vector<device::Four> panels;
  for (std::int64_t first = 0; first < tiles_; first += group) {
    const std::int64_t count = std::min(group, tiles_ - first);
    panels.assign(static_cast<std::size_t>(count * of_tile / 4), device::Four{});
    auto* floats = reinterpret_cast<float*>(panels.data());
    parallel_for(count, threads, [&](std::int64_t tile) { pack_tile(rows, first + tile, floats + tile * of_tile); });
    panels_.write(panels, static_cast<std::size_t>(first * of_tile / 4));
  }
}

device::Rows DeviceRows::view() const {
  return {panels_.data(), low_norm_.data(), slack_.data(),           y_.data(),
          t_.data(),      source_.data(),   static_cast<int>(depth_)};
}

}  // namespace equinfo
