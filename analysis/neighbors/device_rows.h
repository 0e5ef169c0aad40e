#pragma once

#include <cstdint>

#include "compute/accelerator.h"
#include "neighbors/device_tasks.h"
#include "neighbors/prepared_rows.h"
#include "neighbors/radius_count.h"

namespace equinfo {

/// A device, and how much is asked of it at a time. Results do not depend on the numbers.
struct DeviceUse {
  Accelerator& accelerator;
  std::size_t tile_pairs = 1 << 18;    ///< counted in one call
  std::uint32_t open_room = 1 << 22;   ///< pairs left open by one call; more are listed in further ones. ≥ kTile²
  std::size_t found_bytes = 1U << 28;  ///< for the candidates of one call of the search
};

/// Prepared rows and their labels in a device's memory: 4 d + 28 bytes a row.
class DeviceRows {
 public:
  DeviceRows(const DeviceUse& use, const PreparedRows& rows, const PreparedLabels& labels, int threads);

  const DeviceUse& use() const { return use_; }
  device::Rows view() const;
  std::int64_t tiles() const { return tiles_; }
  /// Rows with those that fill the last tile.
  std::size_t padded_rows() const { return static_cast<std::size_t>(tiles_ * device::kTile); }

 private:
  void write_panels(const PreparedRows& rows, int threads);

  DeviceUse use_;
  std::int64_t tiles_, depth_;
  DeviceArray<device::Four> panels_;
  DeviceArray<float> low_norm_;
  DeviceArray<double> slack_;
  DeviceArray<std::int32_t> y_, t_, source_;
};

}  // namespace equinfo
