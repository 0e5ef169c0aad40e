#pragma once

#include <numbers>
#include <optional>
#include <string>
#include <string_view>

#include "synergy/panel.h"

namespace equinfo {

/// The unit in which information is shown to people. Files are always in nats.
struct Unit {
  std::string_view name = "nats";
  double per_nat = 1.0;
};
inline constexpr Unit kNats{"nats", 1.0};
inline constexpr Unit kBits{"bits", std::numbers::log2e};

/// "nats" or "bits"; throws std::invalid_argument for anything else.
Unit unit_named(std::string_view name);

/// An amount of information with three decimals, never "-0.000", padded on the left to `width`.
std::string number_text(double nats, Unit unit, int width = 0);

/// "[ 0.102,  0.340]"; an end that is not known stays blank, and with neither the text is empty.
std::string interval_text(const std::optional<double>& low, const std::optional<double>& high, Unit unit);
std::string interval_text(const Interval& interval, Unit unit);

}  // namespace equinfo
