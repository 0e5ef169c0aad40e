#include "synergy/bin_curve.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "estimators/lda_smooth.h"
#include "estimators/transform_bins.h"
#include "synergy/possible.h"

namespace equinfo {
namespace {

bool involves_t(Quantity quantity) { return quantity != Quantity::kZY && quantity != Quantity::kYT; }

}  // namespace

double BinCurve::missing(Quantity quantity) const {
  if (!involves_t(quantity) || !is_row_mean(quantity)) return 0.0;
  const auto reading = [&](std::size_t i) { return readings[i][static_cast<std::size_t>(quantity)].mean; };
  const double last = reading(2) - reading(1), before = reading(1) - reading(0);
  const double ratio = std::clamp(last * before > 0.0 ? last / before : 0.5, 0.25, 0.5);
  return last * ratio / (1.0 - ratio);
}

BinCurve bin_curve(const ScaledRows& z, const Labels& labels, const CrossFitOptions& options) {
  const ProbeKind kind{"lda_smooth", "", bind_lda_smooth, lda_smooth_refusal, true};
  require(labels.continuous_t.has_value(), "a curve over bins needs a continuous t");
  const int most = labels.transforms, fewest = 1 << labels.continuous_t->period.size();
  BinCurve curve;
  for (std::size_t i = 0; i < curve.bins.size(); ++i) {
    const Labels coarse = i == 2 ? labels : rebinned(labels, std::max(fewest, most >> (2 - i)));
    curve.bins[i] = coarse.transforms;
    const CrossFit fit = cross_fit(kind, z, coarse, options);
    curve.readings[i] = panel_means(extrapolated(fit), coarse, describe_design(coarse));
  }
  return curve;
}

void reach_beyond_bins(Panel& panel, const BinCurve& curve, const Design& design) {
  for (Estimate& estimate : panel.estimates) {
    if (!involves_t(estimate.quantity)) continue;
    const double missing = curve.missing(estimate.quantity);
    if (estimate.kind == EstimateKind::kPoint) {
      const bool difference = estimate.quantity == Quantity::kSynergy || estimate.quantity == Quantity::kYTGivenZ;
      estimate.kind = difference ? EstimateKind::kDifference : EstimateKind::kLowerBound;
    }
    if (estimate.ci_low && estimate.ci_high) {
      const Interval possible = possible_range(estimate.quantity, design.independent, estimate.ceiling_nats);
      const Interval reached =
          widened({*estimate.ci_low, *estimate.ci_high}, std::max(0.0, -missing), std::max(0.0, missing), possible);
      estimate.ci_low = reached.low;
      estimate.ci_high = reached.high;
    }
    estimate.flags.emplace_back("binned");
  }
  panel.numbers.push_back({"bins", std::nullopt, static_cast<double>(curve.bins.back())});
  for (std::size_t i = 0; i < curve.bins.size(); ++i) {
    for (const Quantity quantity : kQuantities) {
      if (!involves_t(quantity) || !is_row_mean(quantity)) continue;
      panel.numbers.push_back({fmt::format("bin_curve_{}", curve.bins[i]), quantity,
                               curve.readings[i][static_cast<std::size_t>(quantity)].mean});
    }
  }
}

}  // namespace equinfo
