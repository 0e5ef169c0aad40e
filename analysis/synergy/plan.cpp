#include "synergy/plan.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "resampling/clustered.h"

namespace equinfo {
namespace {

/// How far an interval reaches to one side beyond what sampling adds, and whether it was cut off before that.
struct Side {
  double beyond = 0.0, length = 0.0;
  bool cut = false;

  Side(double reach, double interval_reach) : beyond(reach - interval_reach), length(reach), cut(beyond < 0.0) {}
  double planned(double interval_reach, double other_beyond, double growth) const {
    if (!cut) return interval_reach / std::sqrt(growth) + beyond / growth;
    return std::min(length, interval_reach / std::sqrt(growth) + std::max(0.0, other_beyond) / growth);
  }
};

/// The smallest number of images whose width is small enough. The width falls with the number.
std::optional<std::int64_t> fewest_images(const Estimate& estimate, std::int64_t images, double width) {
  constexpr std::int64_t kMostTimes = 1'000'000;
  const auto fits = [&](std::int64_t count) {
    return planned_width(estimate, images, static_cast<double>(count) / static_cast<double>(images)) <= width;
  };
  std::int64_t too_few = 0, enough = kMostTimes * images;
  if (!fits(enough)) return std::nullopt;
  while (enough - too_few > 1) {
    const std::int64_t middle = too_few + (enough - too_few) / 2;
    (fits(middle) ? enough : too_few) = middle;
  }
  return enough;
}

}  // namespace

double planned_width(const Estimate& estimate, std::int64_t images, double growth) {
  require(growth > 0.0, "plan: {} times as many images", growth);
  require(estimate.std_error && estimate.ci_low && estimate.ci_high, "plan: {} has no interval",
          name_of(estimate.quantity));
  const double reach = interval_factor(estimate.ci_level, images) * *estimate.std_error;
  const Side down(estimate.nats - *estimate.ci_low, reach), up(*estimate.ci_high - estimate.nats, reach);
  return std::max(0.0, down.planned(reach, up.beyond, growth) + up.planned(reach, down.beyond, growth));
}

Plan plan_images(const Panel& headline, std::int64_t images, double width) {
  require(width > 0.0, "plan: an interval of width {}", width);
  Plan plan{width, images, {}};
  for (const Quantity quantity :
       {Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT, Quantity::kSynergy}) {
    const Estimate& now = headline.at(quantity);
    plan.quantities.push_back(
        {quantity, now.ci_high.value_or(0.0) - now.ci_low.value_or(0.0), fewest_images(now, images, width)});
  }
  return plan;
}

}  // namespace equinfo
