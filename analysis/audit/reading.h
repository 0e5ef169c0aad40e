#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace equinfo {

/// One measured quantity with a two-sided interval, in nats unless it is a ratio.
struct Reading {
  double nats = 0.0, std_error = 0.0, low = 0.0, high = 0.0;
};

/// How intervals of a mean over rows are made: errors clustered by image.
struct ReadingDesign {
  std::span<const std::int32_t> source;  ///< [N]
  std::int64_t sources = 0;
  double ci_level = 0.95;
};

/// The mean of `values` [N], ± Student's quantile times the clustered error.
Reading mean_reading(std::span<const double> values, const ReadingDesign& design);
/// Mean(numerator) / mean(denominator) of the same rows: its error, by the delta method, is that of
/// (n_i − r d_i) / mean d. Absent where the denominator's interval reaches zero.
std::optional<Reading> ratio_reading(std::span<const double> numerator, std::span<const double> denominator,
                                     const ReadingDesign& design);
/// The ratio of two readings of different images. Absent where the denominator's interval reaches zero.
std::optional<Reading> independent_ratio(const Reading& numerator, const Reading& denominator, double factor);
/// constant − reading.
Reading subtracted_from(double constant, const Reading& reading);
/// A number for people; what rounds to nothing has no sign.
std::string decimal(double value, int digits = 3);
/// Value and interval, such as "0.061 [0.038, 0.083]".
std::string reading_text(const Reading& reading, int digits = 3);

/// a_i − b_i of each row.
std::vector<double> row_difference(std::span<const double> a, std::span<const double> b);

}  // namespace equinfo
