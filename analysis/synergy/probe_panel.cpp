#include "synergy/probe_panel.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace equinfo {
namespace {

struct Interval {
  double low, high;
};

/// Gains of the learning curve too small to be worth a doubt, in nats.
constexpr double kHarmlessGain = 0.005;

/// Raw and extrapolated means of one probe, the gain from one to the other, and what intervals are made of.
struct Readings {
  PanelMeans raw, limit, gain;
  Shortfall shortfall;
  double factor = 0.0;

  double std_error(Quantity quantity) const {
    const auto q = static_cast<std::size_t>(quantity);
    return std::max(raw[q].std_error, limit[q].std_error);
  }
  double reach(Quantity quantity) const { return factor * std_error(quantity); }
};

Shortfall shortfall_of(const PanelMeans& raw, const PanelMeans& limit) {
  const auto missing = [&](Quantity quantity) {
    const auto q = static_cast<std::size_t>(quantity);
    return std::abs(limit[q].mean - raw[q].mean);
  };
  return {missing(Quantity::kZY), missing(Quantity::kZT), missing(Quantity::kZYT)};
}

Interval information_interval(const Readings& readings, Quantity quantity) {
  const auto q = static_cast<std::size_t>(quantity);
  const auto [low, high] = std::minmax(readings.raw[q].mean, readings.limit[q].mean);
  return {low - readings.reach(quantity), high + readings.reach(quantity)};
}

Interval synergy_band(const Readings& readings, Quantity quantity) {
  const auto q = static_cast<std::size_t>(quantity);
  const double raw = readings.raw[q].mean, limit = readings.limit[q].mean, reach = readings.reach(quantity);
  const double low = raw - std::min(readings.shortfall.z_y, readings.shortfall.z_t);
  const double high = raw + readings.shortfall.z_yt;
  return {std::min(low, limit) - reach, std::max(high, limit) + reach};
}

/// Cuts the synergy's band to what is possible when Y and T are independent; false if nothing is left.
bool cut_to_possible(Interval& band, const Readings& readings, const Design& design) {
  const double open_y =
      design.h_y - readings.raw[static_cast<std::size_t>(Quantity::kZY)].mean + readings.reach(Quantity::kZY);
  const double open_t =
      design.h_t - readings.raw[static_cast<std::size_t>(Quantity::kZT)].mean + readings.reach(Quantity::kZT);
  const Interval cut{std::max(0.0, band.low), std::min({band.high, open_y, open_t})};
  if (cut.low > cut.high + kRoundingNats) return false;
  band = {cut.low, std::max(cut.low, cut.high)};
  return true;
}

/// The share's interval: the synergy's, divided by the ends of H(T|Z)'s that make it widest.
std::optional<Interval> share_interval(const Interval& synergy, const Readings& readings, const Design& design) {
  const Interval known = information_interval(readings, Quantity::kZT);
  const Interval open{design.h_t - known.high, design.h_t - known.low};
  if (open.low <= 0.0) return std::nullopt;
  return Interval{synergy.low / (synergy.low > 0.0 ? open.high : open.low),
                  synergy.high / (synergy.high > 0.0 ? open.low : open.high)};
}

EstimateKind bound_kind(Quantity quantity) {
  switch (quantity) {
    case Quantity::kYT:
      return EstimateKind::kPoint;
    case Quantity::kSynergy:
    case Quantity::kYTGivenZ:
      return EstimateKind::kDifference;
    case Quantity::kSynergyShare:
      return EstimateKind::kRatio;
    default:
      return EstimateKind::kLowerBound;
  }
}

Panel panel_of(std::string estimator, const RowInformation& rows, bool limit, const Readings& readings,
               const Labels& labels, const Design& design, double ci_level) {
  Panel panel{std::move(estimator), {}, 0.0, {}};
  const PanelMeans& means = limit ? readings.limit : readings.raw;
  Interval synergy = synergy_band(readings, Quantity::kSynergy);
  const bool possible = !design.independent || cut_to_possible(synergy, readings, design);
  for (const Quantity quantity : kQuantities) {
    Estimate estimate{quantity,
                      limit && quantity != Quantity::kSynergyShare ? EstimateKind::kPoint : bound_kind(quantity)};
    estimate.ci_level = ci_level;
    estimate.ceiling_nats = ceiling_of(quantity, design, means);
    std::optional<Interval> interval;
    if (quantity == Quantity::kSynergyShare) {
      const auto share = synergy_share(rows, labels, design);
      if (!share) continue;
      estimate.nats = share->mean;
      estimate.std_error = share->std_error;
      interval = share_interval(synergy, readings, design);
    } else {
      estimate.nats = means[static_cast<std::size_t>(quantity)].mean;
      estimate.std_error = means[static_cast<std::size_t>(quantity)].std_error;
      interval = quantity == Quantity::kSynergy    ? synergy
                 : quantity == Quantity::kYTGivenZ ? Interval{synergy.low + design.y_t, synergy.high + design.y_t}
                                                   : information_interval(readings, quantity);
    }
    if (interval) estimate.ci_low = interval->low, estimate.ci_high = interval->high;
    if (quantity == Quantity::kSynergy && !possible) estimate.flags.emplace_back("empty_interval");
    panel.estimates.push_back(std::move(estimate));
  }
  panel.at(Quantity::kYT).p_value = design.dependence_p_value;
  panel.chain_residual = chain_residual(panel);
  flag_estimates(panel, labels, design);
  return panel;
}

std::string gates_text(const std::vector<std::array<double, 3>>& gates) {
  std::array<double, 3> mean{};
  for (const auto& gate : gates) {
    for (std::size_t i = 0; i < 3; ++i) mean[i] += gate[i] / static_cast<double>(gates.size());
  }
  return fmt::format("class {:.3f}, transformation {:.3f}, interaction {:.3f}", mean[0], mean[1], mean[2]);
}

/// The numbers behind the panels: three points of the learning curve and its limit, and what they leave open.
std::vector<PanelNumber> numbers_of(const CrossFit& fit, const Readings& readings, const Labels& labels,
                                    const Design& design) {
  std::vector<PanelNumber> numbers;
  const auto add_means = [&](const std::string& item, const PanelMeans& means) {
    for (const Quantity quantity : kQuantities) {
      if (is_row_mean(quantity)) numbers.push_back({item, quantity, means[static_cast<std::size_t>(quantity)].mean});
    }
  };
  add_means("raw", readings.raw);
  add_means("raw_half", panel_means(fit.half, labels, design));
  add_means("raw_quarter", panel_means(fit.quarter, labels, design));
  add_means("extrapolated", readings.limit);
  const auto& [z_y, z_t, z_yt] = readings.shortfall;
  numbers.insert(numbers.end(), {{"shortfall", Quantity::kZY, z_y},
                                 {"shortfall", Quantity::kZT, z_t},
                                 {"shortfall", Quantity::kZYT, z_yt},
                                 {"bias_low", Quantity::kSynergy, -z_yt},
                                 {"bias_high", Quantity::kSynergy, std::min(z_y, z_t)},
                                 {"bracket_low", Quantity::kSynergy, design.independent ? 0.0 : -design.y_t}});
  for (std::size_t fold = 0; fold < fit.gates.size(); ++fold) {
    numbers.push_back({fmt::format("gate_class_{}", fold + 1), std::nullopt, fit.gates[fold][0]});
    numbers.push_back({fmt::format("gate_transform_{}", fold + 1), std::nullopt, fit.gates[fold][1]});
    numbers.push_back({fmt::format("gate_interaction_{}", fold + 1), std::nullopt, fit.gates[fold][2]});
  }
  return numbers;
}

/// Whether the learning curve makes sense for each of the informations that all others follow from: it neither rises
/// too steeply to be followed, nor falls (a probe that reads less from more images), nor ends above what is possible.
bool reliable(const Readings& readings, const Design& design) {
  for (const Quantity quantity : {Quantity::kZY, Quantity::kZT, Quantity::kZYT}) {
    const auto q = static_cast<std::size_t>(quantity);
    const auto& [gain, gain_error] = readings.gain[q];
    if (gain > std::max({0.25 * readings.raw[q].mean, 2.0 * gain_error, kHarmlessGain})) return false;
    if (gain < -std::max(3.0 * gain_error, kHarmlessGain)) return false;
    const double ceiling = *ceiling_of(quantity, design, readings.raw);
    if (readings.limit[q].mean > ceiling + 2.0 * readings.limit[q].std_error + kHarmlessGain) return false;
  }
  return true;
}

RowInformation difference(RowInformation more, const RowInformation& less) {
  for (std::size_t i = 0; i < more.z_y.size(); ++i) {
    more.z_y[i] -= less.z_y[i];
    more.z_t[i] -= less.z_t[i];
    more.z_yt[i] -= less.z_yt[i];
  }
  return more;
}

}  // namespace

ProbePanels probe_panels(const std::string& estimator, const CrossFit& fit, const Labels& labels, const Design& design,
                         double ci_level) {
  RowInformation limit_rows = extrapolated(fit);
  Readings readings{panel_means(fit.full, labels, design),
                    panel_means(limit_rows, labels, design),
                    panel_means(difference(limit_rows, fit.full), labels, design),
                    {},
                    interval_factor(ci_level, labels.sources)};
  readings.shortfall = shortfall_of(readings.raw, readings.limit);
  ProbePanels panels;
  panels.shortfall = readings.shortfall;
  panels.extrapolation_reliable = reliable(readings, design);
  panels.bound = panel_of(estimator, fit.full, false, readings, labels, design, ci_level);
  panels.extrapolated = panels.extrapolation_reliable
                            ? panel_of(estimator, limit_rows, true, readings, labels, design, ci_level)
                            : panels.bound;
  if (!panels.extrapolation_reliable) {
    for (Estimate& estimate : panels.extrapolated.estimates) estimate.flags.emplace_back("extrapolation_unreliable");
  }
  const auto& [z_y, z_t, z_yt] = panels.shortfall;
  for (Panel* panel : {&panels.bound, &panels.extrapolated}) {
    panel->details.emplace_back("bias band of S", fmt::format("[{:.4f}, {:.4f}]", -z_yt, std::min(z_y, z_t)));
    panel->details.emplace_back("shortfall of the bounds",
                                fmt::format("I(Z;Y) {:.4f}, I(Z;T) {:.4f}, I(Z;Y,T) {:.4f}", z_y, z_t, z_yt));
    panel->details.emplace_back("gate", gates_text(fit.gates));
    panel->numbers = numbers_of(fit, readings, labels, design);
    if (const auto ceiling = panel->at(Quantity::kSynergy).ceiling_nats) {
      panel->numbers.push_back({"bracket_high", Quantity::kSynergy, *ceiling});
    }
  }
  panels.rows = panels.extrapolation_reliable ? std::move(limit_rows) : fit.full;
  return panels;
}

}  // namespace equinfo
