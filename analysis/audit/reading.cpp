#include "audit/reading.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "resampling/clustered.h"
#include "resampling/crossed_mean.h"

namespace equinfo {
namespace {

/// Of what an image more or less changes, the part that the truth may still lie beyond the curve's limit.
constexpr double kUnseenShare = 1.0 / 3.0;

/// A mean with its standard error and what that lets an interval reach.
struct Mean {
  double mean = 0.0, std_error = 0.0, reach = 0.0;
};

/// A value at full training size and at the limit, with the larger of their errors.
struct Curve {
  double full = 0.0, limit = 0.0, std_error = 0.0, reach = 0.0;

  Curve(const Mean& at_full, const Mean& at_limit)
      : full(at_full.mean),
        limit(at_limit.mean),
        std_error(std::max(at_full.std_error, at_limit.std_error)),
        reach(std::max(at_full.reach, at_limit.reach)) {}

  double unseen() const { return kUnseenShare * std::abs(limit - full); }
};

std::vector<double> limit_rows(const SizedRows& rows) {
  const double weight = rows.size_ratio / (1.0 - rows.size_ratio);
  std::vector<double> limit(rows.full.size());
  for (std::size_t i = 0; i < limit.size(); ++i) limit[i] = rows.full[i] + weight * (rows.full[i] - rows.small[i]);
  return limit;
}

RowsOfRuns full_rows_of(std::span<const SizedRows> draws) {
  RowsOfRuns rows;
  for (const SizedRows& draw : draws) rows.push_back(draw.full);
  return rows;
}

RowsOfRuns limit_rows_of(std::span<const SizedRows> draws) {
  RowsOfRuns rows;
  for (const SizedRows& draw : draws) rows.push_back(limit_rows(draw));
  return rows;
}

/// One draw has its clustered error.
Mean mean_of(const RowsOfRuns& draws, const ReadingDesign& design) {
  const CrossedMean mean = crossed_mean(draws, design.source, design.sources);
  return {mean.mean, mean.std_error(), crossed_reach(mean, design.ci_level)};
}

Curve curve_of(std::span<const SizedRows> draws, const ReadingDesign& design) {
  return {mean_of(full_rows_of(draws), design), mean_of(limit_rows_of(draws), design)};
}

Reading to_both_sides(const Curve& curve) {
  const auto [low, high] = std::minmax(curve.full, curve.limit);
  const double reach = curve.unseen() + curve.reach;
  return {curve.full, curve.std_error, low - reach, high + reach};
}

/// Mean(numerators) / mean(denominator), paired by row.
std::optional<Mean> paired_ratio(RowsOfRuns numerators, std::span<const double> denominator,
                                 const ReadingDesign& design) {
  const double top = mean_of(numerators, design).mean;
  const Reading bottom = mean_reading(denominator, design);
  if (bottom.low <= 0.0) return std::nullopt;
  const double ratio = top / bottom.nats;
  for (auto& terms : numerators) {
    for (std::size_t i = 0; i < terms.size(); ++i) terms[i] = (terms[i] - ratio * denominator[i]) / bottom.nats;
  }
  const Mean errors = mean_of(numerators, design);
  return Mean{ratio, errors.std_error, errors.reach};
}

std::optional<Mean> unpaired_ratio(const Mean& top, const Mean& bottom, double factor) {
  if (bottom.mean <= factor * bottom.std_error) return std::nullopt;
  const double ratio = top.mean / bottom.mean;
  const double std_error = std::hypot(top.std_error, ratio * bottom.std_error) / bottom.mean;
  return Mean{ratio, std_error, factor * std_error};
}

std::optional<Reading> ratio_of(const std::optional<Mean>& full, const std::optional<Mean>& limit) {
  if (!full || !limit) return std::nullopt;
  return to_both_sides({*full, *limit});
}

double factor_of(const ReadingDesign& design) { return interval_factor(design.ci_level, design.sources); }

}  // namespace

Reading mean_reading(std::span<const double> values, const ReadingDesign& design) {
  const ClusteredMean mean = clustered_mean(values, design.source, design.sources);
  const double reach = factor_of(design) * mean.std_error;
  return {mean.mean, mean.std_error, mean.mean - reach, mean.mean + reach};
}

Reading bound_reading(const SizedRows& rows, const ReadingDesign& design, double ceiling) {
  return bound_reading(std::span(&rows, 1), design, ceiling);
}

Reading bound_reading(std::span<const SizedRows> draws, const ReadingDesign& design, double ceiling) {
  const Curve curve = curve_of(draws, design);
  const double high = std::max(curve.full, curve.limit) + curve.unseen() + curve.reach;
  return {curve.full, curve.std_error, curve.full - curve.reach, std::min(high, std::max(ceiling, curve.full))};
}

Reading difference_reading(const SizedRows& rows, const ReadingDesign& design) {
  return to_both_sides(curve_of(std::span(&rows, 1), design));
}

std::optional<Reading> ratio_reading(const SizedRows& numerator, const SizedRows& denominator,
                                     const ReadingDesign& design) {
  return ratio_reading(std::span(&numerator, 1), denominator, design);
}

std::optional<Reading> ratio_reading(std::span<const SizedRows> numerators, const SizedRows& denominator,
                                     const ReadingDesign& design) {
  return ratio_of(paired_ratio(full_rows_of(numerators), denominator.full, design),
                  paired_ratio(limit_rows_of(numerators), limit_rows(denominator), design));
}

std::optional<Reading> independent_ratio(const SizedRows& numerator, const ReadingDesign& of_numerator,
                                         const SizedRows& denominator, const ReadingDesign& of_denominator) {
  const double factor = std::max(factor_of(of_numerator), factor_of(of_denominator));
  return ratio_of(
      unpaired_ratio(mean_of({numerator.full}, of_numerator), mean_of({denominator.full}, of_denominator), factor),
      unpaired_ratio(mean_of({limit_rows(numerator)}, of_numerator), mean_of({limit_rows(denominator)}, of_denominator),
                     factor));
}

Reading subtracted_from(double constant, const Reading& reading) {
  return {constant - reading.nats, reading.std_error, constant - reading.high, constant - reading.low};
}

std::string decimal(double value, int digits) {
  std::string text = fmt::format("{:.{}f}", value, digits);
  if (text.front() == '-' && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
  return text;
}

std::string reading_text(const Reading& reading, int digits) {
  return fmt::format("{} [{}, {}]", decimal(reading.nats, digits), decimal(reading.low, digits),
                     decimal(reading.high, digits));
}

std::vector<double> row_difference(std::span<const double> a, std::span<const double> b) {
  std::vector<double> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return difference;
}

SizedRows row_difference(const SizedRows& a, const SizedRows& b) {
  return {row_difference(a.full, b.full), row_difference(a.small, b.small), a.size_ratio};
}

}  // namespace equinfo
