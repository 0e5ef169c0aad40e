#include "synergy/panel.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace equinfo {
namespace {

std::size_t index(Quantity quantity) { return static_cast<std::size_t>(quantity); }

}  // namespace

bool is_row_mean(Quantity quantity) { return quantity != Quantity::kSynergyShare; }

void reset_share_interval(Panel& panel, const Design& design) {
  const auto share = std::ranges::find(panel.estimates, Quantity::kSynergyShare, &Estimate::quantity);
  if (share == panel.estimates.end()) return;
  const Estimate &synergy = panel.at(Quantity::kSynergy), &known = panel.at(Quantity::kZT);
  const auto ends = share_interval({*synergy.ci_low, *synergy.ci_high}, {*known.ci_low, *known.ci_high}, design.h_t);
  share->ci_low = ends ? std::optional(ends->low) : std::nullopt;
  share->ci_high = ends ? std::optional(ends->high) : std::nullopt;
}

RowValues row_values(const RowInformation& rows, const Design& design, std::size_t i) {
  const double z_y = rows.z_y[i], z_t = rows.z_t[i], z_yt = rows.z_yt[i], y_t = design.row_y_t[i];
  return {z_y, z_t, z_yt - z_t, z_yt - z_y, z_yt, y_t, z_yt - z_y - z_t + y_t, z_yt - z_y - z_t};
}

double row_value(Quantity quantity, const RowInformation& rows, const Design& design, std::size_t i) {
  require(is_row_mean(quantity), "the synergy's share is no mean over rows");
  return row_values(rows, design, i)[index(quantity)];
}

const Estimate& Panel::at(Quantity quantity) const {
  for (const Estimate& estimate : estimates) {
    if (estimate.quantity == quantity) return estimate;
  }
  throw std::invalid_argument(fmt::format("panel {}: has no {}", estimator, name_of(quantity)));
}

Estimate& Panel::at(Quantity quantity) { return const_cast<Estimate&>(std::as_const(*this).at(quantity)); }

PanelMeans panel_means(const RowInformation& rows, const Labels& labels, const Design& design) {
  const auto of_rows = clustered_means<std::tuple_size_v<RowValues>>(
      [&](std::size_t i) { return row_values(rows, design, i); }, labels.source, labels.sources);
  PanelMeans means{};
  std::ranges::copy(of_rows, means.begin());
  return means;
}

namespace {

/// The most that S can be, where Z leaves `nats` open: less I(Y;T), which is zero of independent labels. These cannot
/// be left less than nothing.
double left_open(double nats, const Design& design) {
  return design.independent ? std::max(nats, 0.0) : nats - design.y_t;
}

/// With a continuous T only what the class leaves open bounds anything: H(T) and H(T|Z) are differential entropies.
std::optional<double> continuous_ceiling(Quantity quantity, const Design& design, const PanelMeans& means) {
  switch (quantity) {
    case Quantity::kZY:
    case Quantity::kZYGivenT:
    case Quantity::kYT:
      return design.h_y;
    case Quantity::kSynergy:
      return left_open(design.h_y - means[index(Quantity::kZY)].mean, design);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<double> ceiling_of(Quantity quantity, const Design& design, const PanelMeans& means) {
  if (design.continuous_t) return continuous_ceiling(quantity, design, means);
  switch (quantity) {
    case Quantity::kZY:
      return design.h_y;
    case Quantity::kZT:
      return design.h_t;
    case Quantity::kZYGivenT:
      return design.h_yt - design.h_t;
    case Quantity::kZTGivenY:
      return design.h_yt - design.h_y;
    case Quantity::kZYT:
      return design.h_yt;
    case Quantity::kYT:
      return std::min(design.h_y, design.h_t);
    case Quantity::kSynergy:
      return left_open(
          std::min(design.h_y - means[index(Quantity::kZY)].mean, design.h_t - means[index(Quantity::kZT)].mean),
          design);
    case Quantity::kYTGivenZ:
    case Quantity::kSynergyShare:
      break;
  }
  return std::nullopt;
}

std::optional<Interval> share_interval(const Interval& synergy, const Interval& z_t, double h_t) {
  const Interval open{h_t - z_t.high, h_t - z_t.low};
  if (open.low <= 0.0) return std::nullopt;
  return Interval{synergy.low / (synergy.low > 0.0 ? open.high : open.low),
                  synergy.high / (synergy.high > 0.0 ? open.low : open.high)};
}

std::optional<ClusteredMean> synergy_share(const RowInformation& rows, const Labels& labels, const Design& design) {
  if (design.continuous_t) return std::nullopt;
  const PanelMeans means = panel_means(rows, labels, design);
  const double open = design.h_t - means[index(Quantity::kZT)].mean;
  if (open <= kRoundingNats) return std::nullopt;
  const double share = means[index(Quantity::kSynergy)].mean / open;
  // The ratio's influence: (s_i − share · h_i) / H, with h_i = H(T) − z_t,i up to a constant that its mean absorbs.
  std::vector<double> influence(rows.z_y.size());
  for (std::size_t i = 0; i < influence.size(); ++i) {
    const double synergy = rows.z_yt[i] - rows.z_y[i] - rows.z_t[i];
    influence[i] = (synergy - share * (design.h_t - rows.z_t[i])) / open;
  }
  return ClusteredMean{share, clustered_mean(influence, labels.source, labels.sources).std_error};
}

namespace {

/// Where Z tells all there is to tell, remainders decide on which side of its ceiling, or of an interval that ends
/// there or at zero, an estimate comes to lie: these are moved to it.
void settle_rounding(Estimate& estimate) {
  const auto passed = [&](std::optional<double>& end, double sign) {
    const double by = end ? sign * (estimate.nats - *end) : 0.0;
    if (by > 0.0 && by <= kRoundingNats) end = estimate.nats;
  };
  passed(estimate.ceiling_nats, 1.0);
  passed(estimate.ci_high, 1.0);
  passed(estimate.ci_low, -1.0);
}

}  // namespace

Panel point_panel(std::string estimator, const RowInformation& rows, const Labels& labels, const Design& design,
                  double ci_level) {
  Panel panel{std::move(estimator), {}, 0.0, {}};
  const PanelMeans means = panel_means(rows, labels, design);
  const double factor = interval_factor(ci_level, labels.sources);
  const auto add = [&](Quantity quantity, EstimateKind kind, const ClusteredMean& m) {
    const double reach = factor * m.std_error;
    panel.estimates.push_back({quantity,
                               kind,
                               m.mean,
                               m.mean - reach,
                               m.mean + reach,
                               ci_level,
                               m.std_error,
                               std::nullopt,
                               ceiling_of(quantity, design, means),
                               {}});
  };
  for (const Quantity quantity : kQuantities) {
    if (is_row_mean(quantity)) add(quantity, EstimateKind::kPoint, means[index(quantity)]);
  }
  if (const auto share = synergy_share(rows, labels, design))
    add(Quantity::kSynergyShare, EstimateKind::kRatio, *share);
  panel.at(Quantity::kYT).p_value = design.dependence_p_value;
  panel.chain_residual = chain_residual(panel);
  flag_estimates(panel, labels, design);
  return panel;
}

void flag_estimates(Panel& panel, const Labels& labels, const Design& design) {
  for (Estimate& estimate : panel.estimates) {
    settle_rounding(estimate);
    const bool may_be_negative =
        estimate.quantity == Quantity::kSynergy || estimate.quantity == Quantity::kSynergyShare;
    if (estimate.nats < -kRoundingNats && !(may_be_negative && !design.independent))
      estimate.flags.emplace_back("negative");
    if (estimate.ceiling_nats && estimate.nats > *estimate.ceiling_nats + kRoundingNats)
      estimate.flags.emplace_back("above_ceiling");
    if (!design.independent) estimate.flags.emplace_back("labels_dependent");
    if (!labels.sources_given) estimate.flags.emplace_back("no_source");
  }
}

double chain_residual(const Panel& panel) {
  const auto nats = [&](Quantity quantity) { return panel.at(quantity).nats; };
  const double joint = nats(Quantity::kZYT);
  return std::max({std::abs(nats(Quantity::kZY) + nats(Quantity::kZTGivenY) - joint),
                   std::abs(nats(Quantity::kZT) + nats(Quantity::kZYGivenT) - joint),
                   std::abs(nats(Quantity::kZTGivenY) - nats(Quantity::kZT) - nats(Quantity::kSynergy)),
                   std::abs(nats(Quantity::kSynergy) + nats(Quantity::kYT) - nats(Quantity::kYTGivenZ))});
}

}  // namespace equinfo
