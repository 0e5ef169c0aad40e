#include "synergy/second_opinion.h"

#include <algorithm>

#include "synergy/possible.h"

namespace equinfo {
namespace {

/// What the neighbours see beyond the probe's interval of a direct information, in nats, ≥ 0.
double excess(const Panel& headline, const Panel& knn, const PanelMeans& gaps, Quantity quantity) {
  const ClusteredMean& gap = gaps[static_cast<std::size_t>(quantity)];
  if (gap.mean <= 2.0 * gap.std_error) return 0.0;
  return std::max(0.0, *knn.at(quantity).ci_high - *headline.at(quantity).ci_high);
}

bool contradicted(const Panel& headline, const Panel& knn) {
  return std::ranges::any_of(std::array{Quantity::kZY, Quantity::kZT, Quantity::kZYT}, [&](Quantity quantity) {
    const auto& flags = headline.at(quantity).flags;
    return std::ranges::find(flags, "knn_above_probe") != flags.end() &&
           *knn.at(quantity).ci_low > *headline.at(quantity).ci_high;
  });
}

void widen(Estimate& estimate, double down, double up, const Design& design) {
  const Interval before{*estimate.ci_low, *estimate.ci_high};
  const Interval possible = possible_range(estimate.quantity, design.independent, estimate.ceiling_nats);
  const Interval after = widened(before, down, up, possible);
  if (after.low == before.low && after.high == before.high) return;
  estimate.ci_low = after.low;
  estimate.ci_high = after.high;
  estimate.flags.emplace_back("reaches_to_knn");
}

/// How far up the interval of a quantity reaches that is missed by `missed`, or by nobody knows how much.
double reach_up(const Estimate& estimate, double missed, bool to_ceiling) {
  return to_ceiling && estimate.ceiling_nats ? std::max(*estimate.ceiling_nats - *estimate.ci_high, 0.0) : missed;
}

}  // namespace

void reach_to_second_opinion(Panel& headline, const Panel& knn, const PanelMeans& gaps, const Design& design) {
  const double z_y = excess(headline, knn, gaps, Quantity::kZY);
  const double z_t = excess(headline, knn, gaps, Quantity::kZT);
  const double z_yt = excess(headline, knn, gaps, Quantity::kZYT);
  if (z_y <= 0.0 && z_t <= 0.0 && z_yt <= 0.0) return;
  const bool to_ceilings = contradicted(headline, knn);
  const auto reach = [&](Quantity quantity, double up) {
    Estimate& estimate = headline.at(quantity);
    if (up > 0.0) widen(estimate, 0.0, reach_up(estimate, up, to_ceilings), design);
  };
  reach(Quantity::kZY, z_y);
  reach(Quantity::kZT, z_t);
  for (const Quantity quantity : {Quantity::kZYT, Quantity::kZYGivenT, Quantity::kZTGivenY}) reach(quantity, z_yt);

  Estimate& synergy = headline.at(Quantity::kSynergy);
  const double least = design.independent ? 0.0 : -design.y_t;
  const double down = std::min({z_y, z_t, std::max(*synergy.ci_low - least, 0.0)});
  const double before = *synergy.ci_high;
  if (z_yt > 0.0 || down > 0.0) widen(synergy, down, z_yt > 0.0 ? reach_up(synergy, z_yt, to_ceilings) : 0.0, design);
  widen(headline.at(Quantity::kYTGivenZ), down, *synergy.ci_high - before, design);
  reset_share_interval(headline, design);
}

}  // namespace equinfo
