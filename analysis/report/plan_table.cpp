#include "report/plan_table.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "report/csv.h"
#include "report/text_columns.h"

namespace equinfo {
namespace {

using Texts = std::vector<std::string>;

std::string under_gap(const Texts& head, std::vector<Texts> rows, std::string_view alignment,
                      const std::string& reading, const TableOptions& options) {
  rows.insert(rows.begin(), head);
  return fmt::format("\n{}{}", aligned(rows, alignment), wrapped(words_of(reading), " ", options.width, "  "));
}

std::int64_t rows_for(const EmbeddingResult& result, std::int64_t images) {
  return static_cast<std::int64_t>(
      std::ceil(static_cast<double>(images) * static_cast<double>(result.rows) / static_cast<double>(result.sources)));
}

std::string seen_in_words(const Power& power, Unit unit) {
  const auto size = detectable(power, Quantity::kSynergy);
  if (!size) {
    const double strongest = power.strengths.back().at(Quantity::kSynergy).truth;
    return fmt::format("even a synergy of {} {} would often have been missed", number_text(strongest, unit), unit.name);
  }
  return fmt::format("a synergy of {} {} or more would have been seen in at least {:g} % of cases",
                     number_text(*size, unit), unit.name, 100.0 * kSurePower);
}

/// The quantity whose truth is covered least often, as "38 of 42".
std::string coverage_in_words(const Power& power) {
  const auto all = static_cast<std::int64_t>(power.strengths.size()) * power.plants;
  std::int64_t worst = all;
  std::string_view symbol;
  for (const PlantedQuantity& planted : power.strengths.front().quantities) {
    std::int64_t covered = 0;
    for (const PlantedStrength& strength : power.strengths) covered += strength.at(planted.quantity).covered;
    if (covered > worst || (covered == worst && !symbol.empty())) continue;
    worst = covered;
    symbol = symbol_of(planted.quantity);
  }
  if (worst == all) return fmt::format("all intervals held what was planted, {} a quantity", all);
  return fmt::format("of {} intervals a quantity at least {} held what was planted (fewest: {})", all, worst, symbol);
}

/// In so few dimensions signals take the place of all there is.
std::string own_noise_gone(std::int64_t dims) {
  return fmt::format(
      " Z has {}, and signals are planted along up to {}: Gaussian noise of the same deviation stands in the place of "
      "the embedding's own, of whose shape the result knows nothing.",
      dims == 1 ? "a single dimension" : fmt::format("only {} dimensions", dims), kMostDirections);
}

}  // namespace

std::string plan_table(const EmbeddingResult& result, const TableOptions& options) {
  if (!result.plan) return "";
  std::vector<Texts> rows;
  for (const PlannedQuantity& planned : result.plan->quantities) {
    rows.push_back({std::string(symbol_of(planned.quantity)), number_text(planned.width_now, options.unit),
                    planned.images_needed ? fmt::format("{}", *planned.images_needed) : "–",
                    planned.images_needed ? fmt::format("{}", rows_for(result, *planned.images_needed)) : ""});
  }
  const std::string reading = fmt::format(
      "Images like these that an interval of full width {} {} takes, if standard errors fall with the root of their "
      "number and what probes miss with the number itself; {} were measured. –: not with a million times as many.",
      number_text(result.plan->width, options.unit), options.unit.name, result.plan->images_now);
  return under_gap({"", "width now", "images needed", "rows"}, std::move(rows), "lrrr", reading, options);
}

std::string power_table(const EmbeddingResult& result, const TableOptions& options) {
  if (!result.power) return "";
  const Power& power = *result.power;
  std::vector<Texts> rows;
  for (const PlantedStrength& strength : power.strengths) {
    Texts row;
    for (const Quantity quantity : {Quantity::kSynergy, Quantity::kZY, Quantity::kZT, Quantity::kZYT}) {
      const PlantedQuantity& planted = strength.at(quantity);
      row.insert(row.end(),
                 {number_text(planted.truth, options.unit), fmt::format("{}/{}", planted.detected, power.plants),
                  fmt::format("{}/{}", planted.covered, power.plants)});
    }
    rows.push_back(std::move(row));
  }
  std::string reading = fmt::format(
      "Signals planted into noise like this embedding's, {} of each strength, in {}; seen: the interval lies above "
      "zero; held: it holds what was planted. Had it been there, {}; {}.",
      power.plants, options.unit.name, seen_in_words(power, options.unit), coverage_in_words(power));
  if (result.dims <= kMostDirections) reading += own_noise_gone(result.dims);
  return under_gap(
      {"S", "seen", "held", "I(Z;Y)", "seen", "held", "I(Z;T)", "seen", "held", "I(Z;Y,T)", "seen", "held"},
      std::move(rows), "rrrrrrrrrrrr", reading, options);
}

std::vector<Texts> plan_records(const EmbeddingResult& result) {
  std::vector<Texts> records;
  if (!result.plan) return records;
  for (const PlannedQuantity& planned : result.plan->quantities) {
    const bool possible = planned.images_needed.has_value();
    records.push_back({std::string(name_of(planned.quantity)), shortest_number(result.plan->width),
                       shortest_number(planned.width_now), fmt::format("{}", result.plan->images_now),
                       possible ? fmt::format("{}", *planned.images_needed) : "",
                       possible ? fmt::format("{}", rows_for(result, *planned.images_needed)) : ""});
  }
  return records;
}

std::vector<Texts> power_records(const EmbeddingResult& result) {
  std::vector<Texts> records;
  if (!result.power) return records;
  for (const PlantedStrength& strength : result.power->strengths) {
    for (const PlantedQuantity& planted : strength.quantities) {
      records.push_back({std::string(name_of(planted.quantity)), shortest_number(strength.shift),
                         shortest_number(planted.truth), shortest_number(planted.mean),
                         fmt::format("{}", result.power->plants), fmt::format("{}", planted.detected),
                         fmt::format("{}", planted.covered)});
    }
  }
  return records;
}

}  // namespace equinfo
