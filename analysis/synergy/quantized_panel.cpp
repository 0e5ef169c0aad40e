#include "synergy/quantized_panel.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "estimators/quantized.h"
#include "synergy/measure.h"

namespace equinfo {
namespace {

EstimateKind kind_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::kYT:
      return EstimateKind::kPoint;
    case Quantity::kYTGivenZ:
    case Quantity::kSynergy:
      return EstimateKind::kDifference;
    case Quantity::kSynergyShare:
      return EstimateKind::kRatio;
    default:
      return EstimateKind::kLowerBound;
  }
}

/// Jackknifed errors in the place of the rows' clustered ones, which do not know what the correction does.
void use_jackknife(const QuantizedInformation& found, double factor, double h_t, Panel& panel) {
  for (const auto& [quantity, value] :
       {std::pair{Quantity::kZY, &found.z_y},
        {Quantity::kZT, &found.z_t},
        {Quantity::kZYT, &found.z_yt},
        {Quantity::kZYGivenT, &found.z_y_given_t},
        {Quantity::kZTGivenY, &found.z_t_given_y},
        {Quantity::kSynergy, &found.synergy},
        {Quantity::kYTGivenZ, &found.synergy}}) {  // S + I(Y;T) of the labels as they are
    Estimate& estimate = panel.at(quantity);
    estimate.std_error = value->std_error;
    estimate.ci_low = estimate.nats - factor * value->std_error;
    estimate.ci_high = estimate.nats + factor * value->std_error;
  }
  const auto share = std::ranges::find(panel.estimates, Quantity::kSynergyShare, &Estimate::quantity);
  if (share == panel.estimates.end()) return;
  const auto ends_of = [&](Quantity quantity) {
    const Estimate& estimate = panel.at(quantity);
    return Interval{*estimate.ci_low, *estimate.ci_high};
  };
  const auto ends = share_interval(ends_of(Quantity::kSynergy), ends_of(Quantity::kZT), h_t);
  share->std_error.reset();
  share->ci_low = ends ? std::optional(ends->low) : std::nullopt;
  share->ci_high = ends ? std::optional(ends->high) : std::nullopt;
}

}  // namespace

std::string quantized_refusal_of(const DirectInput& input) {
  if (input.labels.sources >= 4) return {};
  return fmt::format("quantized: {} sources are too few, at least 4 are needed", input.labels.sources);
}

DirectReading quantized_reading(const DirectInput& input) {
  const MeasureOptions& options = input.options;
  QuantizedInformation found = quantized_information(input.z.all(input.options.threads), input.labels,
                                                     {.codewords = options.codewords,
                                                      .correction = options.entropy,
                                                      .seed = options.seed,
                                                      .threads = options.threads});
  Panel panel = point_panel("quantized", found.rows, input.labels, input.design, options.ci_level);
  for (Estimate& estimate : panel.estimates) estimate.kind = kind_of(estimate.quantity);
  use_jackknife(found, interval_factor(options.ci_level, input.labels.sources), input.design.h_t, panel);
  panel.details.emplace_back("space", fmt::format("{} codewords, {} entropies", found.codewords, options.entropy));
  panel.details.emplace_back("bounds",
                             "I(Q(Z);Y), I(Q(Z);T), I(Q(Z);Y,T) and the conditional ones are lower bounds on those of "
                             "Z, up to the correction's error; S of Q(Z) bounds nothing");
  return {std::move(panel), std::move(found.rows)};
}

}  // namespace equinfo
