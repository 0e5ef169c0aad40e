#include "report/unit.h"

#include <cmath>

#include "core/error.h"

namespace equinfo {

Unit unit_named(std::string_view name) {
  require(name == kNats.name || name == kBits.name, "unit: '{}' is neither nats nor bits", name);
  return name == kBits.name ? kBits : kNats;
}

std::string number_text(double nats, Unit unit, int width) {
  const double rounded = std::round(nats * unit.per_nat * 1000.0) / 1000.0;
  return fmt::format("{:>{}.3f}", rounded == 0.0 ? 0.0 : rounded, width);
}

std::string interval_text(const std::optional<double>& low, const std::optional<double>& high, Unit unit) {
  if (!low && !high) return "";
  const auto end = [&](const std::optional<double>& value) {
    return value ? number_text(*value, unit, 6) : std::string(6, ' ');
  };
  return fmt::format("[{}, {}]", end(low), end(high));
}

std::string interval_text(const Interval& interval, Unit unit) {
  return interval_text(interval.low, interval.high, unit);
}

}  // namespace equinfo
