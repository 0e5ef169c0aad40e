#pragma once

#include <functional>
#include <span>
#include <vector>

#include "neighbors/device_rows.h"
#include "neighbors/pair_counter.h"

namespace equinfo {

/// Counts pairs that the device left open.
using SettlePairs = std::function<void(std::span<const device::OpenPair>)>;

/// The part of count_within_radii that a device does: all pairs of tiles, or this rank's. [N · radii], within each
/// radius but no smaller one; pairs that rounding leaves open are not among them but given to `settle`. About
/// N² d / 2 multiply-adds on the device. Throws AcceleratorError.
std::vector<PackedCounts> count_on_device(const CountSpace& space, const PairCounter& counter, bool show_progress,
                                          const SettlePairs& settle);

}  // namespace equinfo
