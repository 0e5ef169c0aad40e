#include "audit/reading.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "resampling/clustered.h"

namespace equinfo {
namespace {

/// Of what an image more or less changes, the part that the truth may still lie beyond the curve's limit.
constexpr double kUnseenShare = 1.0 / 3.0;

/// A value at full training size and at the limit, with the larger of their errors.
struct Curve {
  double full = 0.0, limit = 0.0, std_error = 0.0;

  double unseen() const { return kUnseenShare * std::abs(limit - full); }
};

std::vector<double> limit_rows(const SizedRows& rows, const ReadingDesign& design) {
  const double weight = design.size_ratio / (1.0 - design.size_ratio);
  std::vector<double> limit(rows.full.size());
  for (std::size_t i = 0; i < limit.size(); ++i) limit[i] = rows.full[i] + weight * (rows.full[i] - rows.small[i]);
  return limit;
}

ClusteredMean mean_of(std::span<const double> values, const ReadingDesign& design) {
  return clustered_mean(values, design.source, design.sources);
}

double factor_of(const ReadingDesign& design) { return interval_factor(design.ci_level, design.sources); }

Curve curve_of(const ClusteredMean& full, const ClusteredMean& limit) {
  return {full.mean, limit.mean, std::max(full.std_error, limit.std_error)};
}

Reading to_both_sides(const Curve& curve, double factor) {
  const auto [low, high] = std::minmax(curve.full, curve.limit);
  const double reach = curve.unseen() + factor * curve.std_error;
  return {curve.full, curve.std_error, low - reach, high + reach};
}

/// Mean(numerator) / mean(denominator), paired by row.
std::optional<ClusteredMean> paired_ratio(std::span<const double> numerator, std::span<const double> denominator,
                                          const ReadingDesign& design) {
  const double top = mean_of(numerator, design).mean;
  const Reading bottom = mean_reading(denominator, design);
  if (bottom.low <= 0.0) return std::nullopt;
  const double ratio = top / bottom.nats;
  std::vector<double> terms(numerator.size());
  for (std::size_t i = 0; i < terms.size(); ++i) terms[i] = (numerator[i] - ratio * denominator[i]) / bottom.nats;
  return ClusteredMean{ratio, mean_of(terms, design).std_error};
}

std::optional<ClusteredMean> unpaired_ratio(const ClusteredMean& top, const ClusteredMean& bottom, double factor) {
  if (bottom.mean <= factor * bottom.std_error) return std::nullopt;
  const double ratio = top.mean / bottom.mean;
  return ClusteredMean{ratio, std::hypot(top.std_error, ratio * bottom.std_error) / bottom.mean};
}

std::optional<Reading> ratio_of(const std::optional<ClusteredMean>& full, const std::optional<ClusteredMean>& limit,
                                double factor) {
  if (!full || !limit) return std::nullopt;
  return to_both_sides(curve_of(*full, *limit), factor);
}

}  // namespace

Reading mean_reading(std::span<const double> values, const ReadingDesign& design) {
  const ClusteredMean mean = mean_of(values, design);
  const double reach = factor_of(design) * mean.std_error;
  return {mean.mean, mean.std_error, mean.mean - reach, mean.mean + reach};
}

Reading bound_reading(const SizedRows& rows, const ReadingDesign& design, double ceiling) {
  const Curve curve = curve_of(mean_of(rows.full, design), mean_of(limit_rows(rows, design), design));
  const double reach = factor_of(design) * curve.std_error;
  const double high = std::max(curve.full, curve.limit) + curve.unseen() + reach;
  return {curve.full, curve.std_error, curve.full - reach, std::min(high, std::max(ceiling, curve.full))};
}

Reading difference_reading(const SizedRows& rows, const ReadingDesign& design) {
  return to_both_sides(curve_of(mean_of(rows.full, design), mean_of(limit_rows(rows, design), design)),
                       factor_of(design));
}

std::optional<Reading> ratio_reading(const SizedRows& numerator, const SizedRows& denominator,
                                     const ReadingDesign& design) {
  return ratio_of(paired_ratio(numerator.full, denominator.full, design),
                  paired_ratio(limit_rows(numerator, design), limit_rows(denominator, design), design),
                  factor_of(design));
}

std::optional<Reading> independent_ratio(const SizedRows& numerator, const ReadingDesign& of_numerator,
                                         const SizedRows& denominator, const ReadingDesign& of_denominator) {
  const double factor = std::max(factor_of(of_numerator), factor_of(of_denominator));
  return ratio_of(
      unpaired_ratio(mean_of(numerator.full, of_numerator), mean_of(denominator.full, of_denominator), factor),
      unpaired_ratio(mean_of(limit_rows(numerator, of_numerator), of_numerator),
                     mean_of(limit_rows(denominator, of_denominator), of_denominator), factor),
      factor);
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
  return {row_difference(a.full, b.full), row_difference(a.small, b.small)};
}

}  // namespace equinfo
