#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neighbors/device_rows.h"
#include "neighbors/radius_search.h"

namespace equinfo {

struct DeviceSearch {
  RowRange own;                         ///< rows that this process looked at; those of the ranks follow each other
  std::vector<std::int64_t> unsettled;  ///< those among them that have too many candidates, ascending
};

/// The part of squared_radii that a device does: it finds for every row some candidates, among which the exact k-th
/// neighbours are then looked for here. Fills in `radii` of the rows it settles. Throws AcceleratorError.
DeviceSearch search_on_device(const RadiusSpace& space, std::span<const int> ks, int threads,
                              std::vector<double>& radii);

}  // namespace equinfo
