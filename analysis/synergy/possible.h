#pragma once

#include <optional>

#include "synergy/panel.h"

namespace equinfo {

/// Between which values a quantity lies, whatever Z is: an information between 0 and its ceiling, and so I(Y;T|Z) and,
/// of independent labels, S. Of dependent ones S may be negative. An end of which nothing is known is infinite, and so
/// are both of the synergy's share.
Interval possible_range(Quantity quantity, bool independent, const std::optional<double>& ceiling);

/// What second − first can be if each lies in its own range.
Interval possible_difference(const Interval& first, const Interval& second);

/// The part of an interval that is possible; nothing if no part is. One that ends below what is possible reaches up
/// by `reach`, its sampling error, once more before.
std::optional<Interval> cut_to_possible(Interval interval, const Interval& possible, double reach = 0.0);

/// The interval as a person sees it: cut to what is possible where the estimate itself (to rounding) is, else whole.
Interval shown_interval(const Interval& interval, double estimate, const Interval& possible);

/// The interval with its ends moved out by `down` and `up`, both ≥ 0, but not beyond what is possible; an end that lies
/// there already stays where it is.
Interval widened(const Interval& interval, double down, double up, const Interval& possible);

}  // namespace equinfo
