#include "synergy/possible.h"

#include <algorithm>
#include <limits>

namespace equinfo {

Interval possible_range(Quantity quantity, bool independent, const std::optional<double>& ceiling) {
  constexpr double kUnknown = std::numeric_limits<double>::infinity();
  if (quantity == Quantity::kSynergyShare) return {-kUnknown, kUnknown};
  const bool may_be_negative = quantity == Quantity::kSynergy && !independent;
  return {may_be_negative ? -kUnknown : 0.0, ceiling.value_or(kUnknown)};
}

Interval possible_difference(const Interval& first, const Interval& second) {
  return {second.low - first.high, second.high - first.low};
}

std::optional<Interval> cut_to_possible(Interval interval, const Interval& possible, double reach) {
  if (interval.high < possible.low) interval.high += reach;
  const Interval cut{std::max(interval.low, possible.low), std::min(interval.high, possible.high)};
  if (cut.low > cut.high + kRoundingNats) return std::nullopt;
  return Interval{cut.low, std::max(cut.low, cut.high)};
}

Interval shown_interval(const Interval& interval, double estimate, const Interval& possible) {
  if (estimate < possible.low - kRoundingNats || estimate > possible.high + kRoundingNats) return interval;
  return cut_to_possible(interval, possible).value_or(interval);
}

Interval widened(const Interval& interval, double down, double up, const Interval& possible) {
  return {std::min(interval.low, std::max(interval.low - down, possible.low)),
          std::max(interval.high, std::min(interval.high + up, possible.high))};
}

}  // namespace equinfo
