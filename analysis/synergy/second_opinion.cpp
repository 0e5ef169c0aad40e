#include "synergy/second_opinion.h"

#include <algorithm>

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

void widen(Estimate& estimate, double down, double up) {
  if (down <= 0.0 && up <= 0.0) return;
  *estimate.ci_low -= down;
  *estimate.ci_high += up;
  estimate.flags.emplace_back("reaches_to_knn");
}

void widen_to_ceiling(Estimate& estimate, double otherwise) {
  const double up = estimate.ceiling_nats ? *estimate.ceiling_nats - *estimate.ci_high : otherwise;
  widen(estimate, 0.0, std::max(up, 0.0));
}

}  // namespace

void reach_to_second_opinion(Panel& headline, const Panel& knn, const PanelMeans& gaps, const Design& design) {
  const double z_y = excess(headline, knn, gaps, Quantity::kZY);
  const double z_t = excess(headline, knn, gaps, Quantity::kZT);
  const double z_yt = excess(headline, knn, gaps, Quantity::kZYT);
  if (z_y <= 0.0 && z_t <= 0.0 && z_yt <= 0.0) return;
  const bool to_ceilings = contradicted(headline, knn);
  const auto reach = [&](Quantity quantity, double up) {
    if (up <= 0.0) return;
    Estimate& estimate = headline.at(quantity);
    to_ceilings ? widen_to_ceiling(estimate, up) : widen(estimate, 0.0, up);
  };
  reach(Quantity::kZY, z_y);
  reach(Quantity::kZT, z_t);
  for (const Quantity quantity : {Quantity::kZYT, Quantity::kZYGivenT, Quantity::kZTGivenY}) reach(quantity, z_yt);

  Estimate& synergy = headline.at(Quantity::kSynergy);
  const double least = design.independent ? 0.0 : -design.y_t;
  const double down = std::min({z_y, z_t, std::max(*synergy.ci_low - least, 0.0)});
  const double open = synergy.ceiling_nats ? *synergy.ceiling_nats - *synergy.ci_high : z_yt;
  const double up = to_ceilings && z_yt > 0.0 ? std::max(open, 0.0) : std::clamp(z_yt, 0.0, std::max(open, 0.0));
  widen(synergy, down, up);
  widen(headline.at(Quantity::kYTGivenZ), down, up);
  reset_share_interval(headline, design);
}

}  // namespace equinfo
