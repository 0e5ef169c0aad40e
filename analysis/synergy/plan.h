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

/// The full width of an estimate's interval if there were `growth` times as many images like these: what sampling adds
/// to either side, Student's quantile times the standard error, falls with 1/√growth; what an interval reaches beyond
/// that (the learning curve's gain, its form, the bias band) with 1/growth. An interval that ends before its sampling
/// error does was cut off at what is possible (the synergy at 0) and stays there until the rest is shorter. Throws
/// std::invalid_argument for growth ≤ 0 or an estimate without an interval.
double planned_width(const Estimate& estimate, std::int64_t images, double growth);

/// Plans every quantity; `images` are the sources that `headline` was measured on. Throws std::invalid_argument for a
/// width ≤ 0.
Plan plan_images(const Panel& headline, std::int64_t images, double width);

}  // namespace equinfo
