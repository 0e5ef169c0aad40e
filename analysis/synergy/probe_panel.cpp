#include "synergy/probe_panel.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace equinfo {
namespace {

/// Gains of the learning curve too small to be worth a doubt: in nats, and as a share of I(Z;Y,T).
constexpr double kHarmlessGain = 0.005, kHarmlessShare = 0.01;

/// Of what the learning curve adds to the reading at full size, the part that the truth may still lie beyond the limit:
/// a + b/n + c/n² leaves out the rest of the curve, and a probe that is somewhat misspecified gains less from images
/// than it lacks (measured in the README of analysis/estimators).
constexpr double kUnseenShare = 1.0 / 3.0;

/// Raw and extrapolated means of one probe, and what intervals are made of.
struct Readings {
  PanelMeans raw, limit, gain;  // gain: limit − raw, paired
  PanelMeans straight;          // limit of a + b/n through the two largest sizes
  Shortfall shortfall;
  double factor = 0.0;

  double std_error(Quantity quantity) const {
    const auto q = static_cast<std::size_t>(quantity);
    return std::max(raw[q].std_error, limit[q].std_error);
  }
  double reach(Quantity quantity) const { return factor * std_error(quantity); }
  /// How much the limit depends on the curve's form.
  double form_error(Quantity quantity) const {
    const auto q = static_cast<std::size_t>(quantity);
    return std::abs(limit[q].mean - straight[q].mean);
  }
  /// How far the truth may lie beyond the limit.
  double unseen(Quantity quantity) const {
    return form_error(quantity) + kUnseenShare * std::abs(gain[static_cast<std::size_t>(quantity)].mean);
  }
};

Shortfall shortfall_of(const PanelMeans& raw, const PanelMeans& limit) {
  const auto missing = [&](Quantity quantity) {
    const auto q = static_cast<std::size_t>(quantity);
    return std::abs(limit[q].mean - raw[q].mean);
  };
  return {missing(Quantity::kZY), missing(Quantity::kZT), missing(Quantity::kZYT)};
}

/// How far a limit may lie above the truth. A conditional information is the joint one less the marginal one of the
/// other label, so it rises with what the marginal's limit still misses.
double excess_doubt(const Readings& readings, Quantity quantity) {
  const bool conditional = quantity == Quantity::kZYGivenT || quantity == Quantity::kZTGivenY;
  if (!conditional) return readings.form_error(quantity);
  const Quantity other = quantity == Quantity::kZYGivenT ? Quantity::kZT : Quantity::kZY;
  return readings.form_error(Quantity::kZYT) + readings.unseen(other);
}

/// Of a reliable limit. The bound is one: below it the interval need not reach but by its sampling error. No
/// information is negative.
Interval limit_interval(const Readings& readings, Quantity quantity) {
  const auto q = static_cast<std::size_t>(quantity);
  const double raw = readings.raw[q].mean, limit = readings.limit[q].mean, reach = readings.reach(quantity);
  const double low = std::max(limit - excess_doubt(readings, quantity), std::min(raw, limit));
  return {low - reach, std::max(limit + readings.unseen(quantity), 0.0) + reach};
}

/// Of a bound: from it to the limit.
Interval bound_interval(const Readings& readings, Quantity quantity) {
  const auto q = static_cast<std::size_t>(quantity);
  const auto [low, high] = std::minmax(readings.raw[q].mean, readings.limit[q].mean);
  const double reach = readings.reach(quantity);
  return {low - reach, std::max(high + readings.unseen(quantity), 0.0) + reach};
}

Interval information_interval(const Readings& readings, Quantity quantity, bool limit) {
  return limit ? limit_interval(readings, quantity) : bound_interval(readings, quantity);
}

/// Of a limit: to both sides what its curve leaves open. Of a difference of bounds: the bias band.
Interval synergy_band(const Readings& readings, bool limit) {
  constexpr auto kS = static_cast<std::size_t>(Quantity::kSynergy);
  const double bound = readings.raw[kS].mean, end = readings.limit[kS].mean;
  const double reach = readings.reach(Quantity::kSynergy), unseen = readings.unseen(Quantity::kSynergy);
  if (limit) return {end - unseen - reach, end + unseen + reach};
  const double low = bound - std::min(readings.shortfall.z_y, readings.shortfall.z_t);
  const double high = bound + readings.shortfall.z_yt;
  return {std::min(low, end) - reach, std::max(high, end) + reach};
}

/// Cuts the synergy's band to what is possible when Y and T are independent. A band that ends below zero by no more
/// than its sampling error reaches up by as much again; false if even so nothing is left.
bool cut_to_possible(Interval& band, const Readings& readings, const Design& design) {
  const double open_y =
      design.h_y - readings.raw[static_cast<std::size_t>(Quantity::kZY)].mean + readings.reach(Quantity::kZY);
  const double open_t =
      design.h_t - readings.raw[static_cast<std::size_t>(Quantity::kZT)].mean + readings.reach(Quantity::kZT);
  const double high = band.high < 0.0 ? band.high + readings.reach(Quantity::kSynergy) : band.high;
  const Interval cut{std::max(0.0, band.low), std::min({high, open_y, open_t})};
  if (cut.low > cut.high + kRoundingNats) return false;
  band = {cut.low, std::max(cut.low, cut.high)};
  return true;
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
  Interval synergy = synergy_band(readings, limit);
  const double synergy_nats = means[static_cast<std::size_t>(Quantity::kSynergy)].mean;
  const double reach = readings.reach(Quantity::kSynergy);
  panel.numbers = {{"open_below", Quantity::kSynergy, synergy_nats - synergy.low - reach},
                   {"open_above", Quantity::kSynergy, synergy.high - synergy_nats - reach}};
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
      interval = share_interval(synergy, information_interval(readings, Quantity::kZT, limit), design.h_t);
    } else {
      estimate.nats = means[static_cast<std::size_t>(quantity)].mean;
      estimate.std_error = means[static_cast<std::size_t>(quantity)].std_error;
      interval = quantity == Quantity::kSynergy    ? synergy
                 : quantity == Quantity::kYTGivenZ ? Interval{synergy.low + design.y_t, synergy.high + design.y_t}
                                                   : information_interval(readings, quantity, limit);
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

void add_errors(PanelMeans& means, const PanelErrors& errors) {
  for (std::size_t q = 0; q < means.size(); ++q) means[q].std_error = std::hypot(means[q].std_error, errors[q]);
}

/// Whether the learning curve makes sense for each of the informations that all others follow from: it neither rises
/// too steeply to be followed, nor falls (a probe that reads less from more images), nor ends above what is possible.
bool reliable(const Readings& readings, const Design& design) {
  const double harmless =
      std::max(kHarmlessGain, kHarmlessShare * readings.raw[static_cast<std::size_t>(Quantity::kZYT)].mean);
  for (const Quantity quantity : {Quantity::kZY, Quantity::kZT, Quantity::kZYT}) {
    const auto q = static_cast<std::size_t>(quantity);
    const auto& [gain, gain_error] = readings.gain[q];
    if (gain > std::max({0.25 * readings.raw[q].mean, 2.0 * gain_error, harmless})) return false;
    if (gain < -std::max(3.0 * gain_error, harmless)) return false;
    const auto ceiling = ceiling_of(quantity, design, readings.raw);  // none for T where it is continuous
    if (ceiling && readings.limit[q].mean > *ceiling + 2.0 * readings.limit[q].std_error + harmless) return false;
  }
  return true;
}

}  // namespace

ProbePanels probe_panels(const std::string& estimator, const CrossFit& fit, const Labels& labels, const Design& design,
                         double ci_level, const RepeatError& repeat_error) {
  RowInformation limit_rows = extrapolated(fit);
  Readings readings{panel_means(fit.full, labels, design),
                    panel_means(limit_rows, labels, design),
                    panel_means(difference(limit_rows, fit.full), labels, design),
                    panel_means(extrapolated_straight(fit), labels, design),
                    {},
                    interval_factor(ci_level, labels.sources)};
  add_errors(readings.raw, repeat_error.raw);
  add_errors(readings.limit, repeat_error.limit);
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
  const std::vector<PanelNumber> numbers = numbers_of(fit, readings, labels, design);
  for (Panel* panel : {&panels.bound, &panels.extrapolated}) {
    panel->details.emplace_back("bias band of S", fmt::format("[{:.4f}, {:.4f}]", -z_yt, std::min(z_y, z_t)));
    panel->details.emplace_back("shortfall of the bounds",
                                fmt::format("I(Z;Y) {:.4f}, I(Z;T) {:.4f}, I(Z;Y,T) {:.4f}", z_y, z_t, z_yt));
    panel->details.emplace_back("gate", gates_text(fit.gates));
    panel->numbers.insert(panel->numbers.end(), numbers.begin(), numbers.end());
    if (const auto ceiling = panel->at(Quantity::kSynergy).ceiling_nats) {
      panel->numbers.push_back({"bracket_high", Quantity::kSynergy, *ceiling});
    }
  }
  panels.rows = panels.extrapolation_reliable ? std::move(limit_rows) : fit.full;
  return panels;
}

}  // namespace equinfo
