#include "synergy/difference.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/error.h"
#include "resampling/clustered.h"
#include "synergy/possible.h"

namespace equinfo {
namespace {

double error_of(const PanelReading& first, const PanelReading& second, Quantity quantity, bool paired) {
  const auto a = row_values(first, quantity);
  auto b = row_values(second, quantity);
  if (paired) {
    for (std::size_t i = 0; i < a.size(); ++i) b[i] -= a[i];
    return clustered_mean(b, second.labels.source, second.labels.sources).std_error;
  }
  return std::hypot(clustered_mean(a, first.labels.source, first.labels.sources).std_error,
                    clustered_mean(b, second.labels.source, second.labels.sources).std_error);
}

/// What a quantity can be; the synergy's ceiling holds estimates, and with them their error.
Interval possible_range(const PanelReading& reading, Quantity quantity, double error) {
  auto ceiling = reading.panel.at(quantity).ceiling_nats;
  if (ceiling && quantity == Quantity::kSynergy) *ceiling += error;
  return possible_range(quantity, reading.design.independent, ceiling);
}

/// Errors are in the reach for a signal too faint to be learned already; sampling adds them again, for nobody knows how
/// much of that reach two embeddings share.
bool reaches_to_faint(const Estimate& estimate) {
  return std::ranges::find(estimate.flags, "reaches_to_faint") != estimate.flags.end();
}

}  // namespace

std::optional<double> panel_number(const Panel& panel, std::string_view item, Quantity quantity) {
  for (const PanelNumber& number : panel.numbers) {
    if (number.item == item && number.quantity == quantity) return number.value;
  }
  return std::nullopt;
}

ShortfallBand shortfall_band(const PanelReading& reading, Quantity quantity) {
  const Estimate& estimate = reading.panel.at(quantity);
  if (!estimate.ci_low || !estimate.ci_high) return {};
  const double sampling = interval_factor(estimate.ci_level, reading.labels.sources) * estimate.std_error.value_or(0.0);
  const double below = estimate.nats - *estimate.ci_low - sampling;
  const double above = *estimate.ci_high - estimate.nats - (reaches_to_faint(estimate) ? 0.0 : sampling);
  return {std::max({0.0, below, panel_number(reading.panel, "open_below", quantity).value_or(0.0)}),
          std::max({0.0, above, panel_number(reading.panel, "open_above", quantity).value_or(0.0)})};
}

void require_rows(const PanelReading& reading) {
  require(static_cast<std::int64_t>(reading.rows.z_y.size()) == reading.labels.rows() &&
              reading.design.row_y_t.size() == reading.rows.z_y.size(),
          "comparison: the rows of panel {} were not kept", reading.panel.estimator);
}

std::vector<double> row_values(const PanelReading& reading, Quantity quantity) {
  std::vector<double> values(reading.rows.z_y.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = row_value(quantity, reading.rows, reading.design, i);
  return values;
}

bool same_samples(const Labels& first, const Labels& second) {
  return first.y == second.y && first.t == second.t && first.source == second.source &&
         first.y_values == second.y_values && first.t_values == second.t_values &&
         first.sources_given == second.sources_given && first.source_values == second.source_values;
}

void cut_synergy(Difference& difference, double reach) {
  if (difference.quantity != Quantity::kSynergy) return;
  const auto cut = cut_to_possible({difference.ci_low, difference.ci_high}, difference.possible, reach);
  if (cut) difference.ci_low = cut->low, difference.ci_high = cut->high;
}

Comparison compare(const PanelReading& first, const PanelReading& second, double ci_level) {
  require_rows(first);
  require_rows(second);
  Comparison comparison{same_samples(first.labels, second.labels), ci_level, {}};
  const double factor = interval_factor(ci_level, std::min(first.labels.sources, second.labels.sources));
  for (const Quantity quantity : kQuantities) {
    if (!is_row_mean(quantity)) continue;
    Difference difference{
        .quantity = quantity, .first = first.panel.at(quantity).nats, .second = second.panel.at(quantity).nats};
    difference.nats = difference.second - difference.first;
    difference.std_error = error_of(first, second, quantity, comparison.paired);
    const ShortfallBand a = shortfall_band(first, quantity), b = shortfall_band(second, quantity);
    const double reach = factor * difference.std_error;
    difference.ci_low = difference.nats - b.low - a.high - reach;
    difference.ci_high = difference.nats + b.high + a.low + reach;
    difference.possible =
        possible_difference(possible_range(first, quantity, reach), possible_range(second, quantity, reach));
    cut_synergy(difference, reach);
    comparison.differences.push_back(difference);
  }
  return comparison;
}

}  // namespace equinfo
