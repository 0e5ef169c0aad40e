#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "synergy/panel.h"

namespace equinfo {

/// How many images an interval of a given width takes.
struct PlannedQuantity {
  Quantity quantity = Quantity::kZY;
  double width_now = 0.0;  ///< full width of the present interval, nats
  /// The fewest images that give the width wanted; absent where a million times as many would not.
  std::optional<std::int64_t> images_needed;
};

struct Plan {
  double width = 0.0;                       ///< wanted, full width in nats
  std::int64_t images_now = 0;              ///< sources
  std::vector<PlannedQuantity> quantities;  ///< I(Z;Y), I(Z;T), I(Z;Y|T), I(Z;T|Y), I(Z;Y,T) and S
};

/// The full width of a quantity's interval if there were `growth` times as many images like these: standard errors fall
/// with 1/√growth, and what the learning curve says is missing (raw less limit, and the bias band of the synergy) with
/// 1/growth; the ends are put together as in probe_panels, the synergy's cut to what is possible. A panel without a
/// learning curve has standard errors alone. Throws std::invalid_argument for growth ≤ 0 or a quantity without an
/// interval.
double planned_width(const Panel& headline, const Design& design, std::int64_t images, Quantity quantity,
                     double growth);

/// Plans every quantity; `images` are the sources that `headline` was measured on. Throws std::invalid_argument for a
/// width ≤ 0.
Plan plan_images(const Panel& headline, const Design& design, std::int64_t images, double width);

}  // namespace equinfo
