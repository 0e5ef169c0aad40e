#pragma once

#include <numbers>
#include <string_view>

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

}  // namespace equinfo
