#include "synergy/plan.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "resampling/clustered.h"
#include "synergy/difference.h"

namespace equinfo {
namespace {

/// The panel's readings as they would be with more images.
struct Forecast {
  const Panel& panel;
  const Design& design;
  double factor, growth;

  /// What sampling adds to either end. An interval holds the larger error of bound and limit, so it is asked first;
  /// the synergy's is cut to what is possible and does not tell.
  double reach(Quantity quantity) const {
    const Estimate& estimate = panel.at(quantity);
    require(estimate.std_error && estimate.ci_low && estimate.ci_high, "plan: {} of {} has no interval",
            name_of(quantity), panel.estimator);
    const double gap = std::abs(now(quantity) - limit(quantity));
    const double half = quantity == Quantity::kSynergy ? factor * *estimate.std_error
                                                       : (*estimate.ci_high - *estimate.ci_low - gap) / 2.0;
    return half / std::sqrt(growth);
  }
  double now(Quantity quantity) const { return panel_number(panel, "raw", quantity).value_or(panel.at(quantity).nats); }
  double limit(Quantity quantity) const {
    return panel_number(panel, "extrapolated", quantity).value_or(panel.at(quantity).nats);
  }
  /// The bound, closer to the limit than it is now.
  double raw(Quantity quantity) const { return limit(quantity) + (now(quantity) - limit(quantity)) / growth; }
  double bias(const char* end) const { return panel_number(panel, end, Quantity::kSynergy).value_or(0.0) / growth; }
};

double information_width(const Forecast& at, Quantity quantity) {
  return std::abs(at.raw(quantity) - at.limit(quantity)) + 2.0 * at.reach(quantity);
}

double synergy_width(const Forecast& at) {
  constexpr auto kS = Quantity::kSynergy;
  const double low = std::min(at.raw(kS) - at.bias("bias_high"), at.limit(kS)) - at.reach(kS);
  const double high = std::max(at.raw(kS) - at.bias("bias_low"), at.limit(kS)) + at.reach(kS);
  if (!at.design.independent) return high - low;
  const double open_y = at.design.h_y - at.raw(Quantity::kZY) + at.reach(Quantity::kZY);
  const double open_t = at.design.h_t - at.raw(Quantity::kZT) + at.reach(Quantity::kZT);
  const double cut_low = std::max(0.0, low), cut_high = std::min({high, open_y, open_t});
  return cut_low > cut_high ? high - low : cut_high - cut_low;
}

/// The smallest number of images whose width is small enough. The width falls with the number.
std::optional<std::int64_t> fewest_images(const Panel& headline, const Design& design, std::int64_t images,
                                          Quantity quantity, double width) {
  constexpr std::int64_t kMostTimes = 1'000'000;
  const auto fits = [&](std::int64_t count) {
    const double growth = static_cast<double>(count) / static_cast<double>(images);
    return planned_width(headline, design, images, quantity, growth) <= width;
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

double planned_width(const Panel& headline, const Design& design, std::int64_t images, Quantity quantity,
                     double growth) {
  require(growth > 0.0, "plan: {} times as many images", growth);
  const double level = headline.at(quantity).ci_level;
  const Forecast at{headline, design, interval_factor(level, images), growth};
  return quantity == Quantity::kSynergy ? synergy_width(at) : information_width(at, quantity);
}

Plan plan_images(const Panel& headline, const Design& design, std::int64_t images, double width) {
  require(width > 0.0, "plan: an interval of width {}", width);
  Plan plan{width, images, {}};
  for (const Quantity quantity :
       {Quantity::kZY, Quantity::kZT, Quantity::kZYGivenT, Quantity::kZTGivenY, Quantity::kZYT, Quantity::kSynergy}) {
    const Estimate& now = headline.at(quantity);
    plan.quantities.push_back({quantity, now.ci_high.value_or(0.0) - now.ci_low.value_or(0.0),
                               fewest_images(headline, design, images, quantity, width)});
  }
  return plan;
}

}  // namespace equinfo
