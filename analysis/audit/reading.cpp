#include "audit/reading.h"

#include <cmath>

#include <fmt/format.h>

#include "resampling/clustered.h"

namespace equinfo {
namespace {

Reading around(double value, double std_error, double factor) {
  return {value, std_error, value - factor * std_error, value + factor * std_error};
}

}  // namespace

Reading mean_reading(std::span<const double> values, const ReadingDesign& design) {
  const ClusteredMean mean = clustered_mean(values, design.source, design.sources);
  return around(mean.mean, mean.std_error, interval_factor(design.ci_level, design.sources));
}

std::optional<Reading> ratio_reading(std::span<const double> numerator, std::span<const double> denominator,
                                     const ReadingDesign& design) {
  const Reading top = mean_reading(numerator, design), bottom = mean_reading(denominator, design);
  if (bottom.low <= 0.0) return std::nullopt;
  const double ratio = top.nats / bottom.nats;
  std::vector<double> terms(numerator.size());
  for (std::size_t i = 0; i < terms.size(); ++i) terms[i] = (numerator[i] - ratio * denominator[i]) / bottom.nats;
  const ClusteredMean error = clustered_mean(terms, design.source, design.sources);
  return around(ratio, error.std_error, interval_factor(design.ci_level, design.sources));
}

std::optional<Reading> independent_ratio(const Reading& numerator, const Reading& denominator, double factor) {
  if (denominator.low <= 0.0) return std::nullopt;
  const double ratio = numerator.nats / denominator.nats;
  return around(ratio, std::hypot(numerator.std_error, ratio * denominator.std_error) / denominator.nats, factor);
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

}  // namespace equinfo
