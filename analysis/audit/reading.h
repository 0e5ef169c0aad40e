#pragma once

#include <cstdint>
#include <limits>
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

/// What each row contributes to a quantity, [N] each: by probes trained on all images they may see, and by probes
/// trained on a part ρ of them. full + (full − small) ρ/(1 − ρ) is the limit of a + b/n, which tells how far a bound
/// falls short of the quantity.
struct SizedRows {
  std::vector<double> full, small;
  double size_ratio = 1.0 / 3.0;  ///< ρ, in (0, 1)
};

/// The mean of `values` [N], ± Student's quantile times the clustered error: what sampling leaves open, and no more.
Reading mean_reading(std::span<const double> values, const ReadingDesign& design);

/// A lower bound as mean(full), with an interval that is meant to cover the quantity: with g = |limit − mean(full)| and
/// SE the larger error of both, [full − z·SE, max(full, limit) + g/3 + z·SE], at most `ceiling`. The third stands for
/// what the curve's form leaves out (analysis/estimators, README).
Reading bound_reading(const SizedRows& rows, const ReadingDesign& design,
                      double ceiling = std::numeric_limits<double>::infinity());
/// The same of the mean over several random draws of what else the probes depend on, such as groupings of the classes,
/// as over all that could be drawn: errors are crossed_mean's.
Reading bound_reading(std::span<const SizedRows> draws, const ReadingDesign& design,
                      double ceiling = std::numeric_limits<double>::infinity());
/// A difference of two bounds, itself none: the same to both sides.
Reading difference_reading(const SizedRows& rows, const ReadingDesign& design);

/// Mean(numerator) / mean(denominator) of the same rows: its error, by the delta method, is that of
/// (n_i − r d_i) / mean d. The interval reaches to both sides as that of a difference, the limit being the limits'
/// ratio. Absent where a denominator's interval reaches zero.
std::optional<Reading> ratio_reading(const SizedRows& numerator, const SizedRows& denominator,
                                     const ReadingDesign& design);
/// The same with the mean of several draws as the numerator.
std::optional<Reading> ratio_reading(std::span<const SizedRows> numerators, const SizedRows& denominator,
                                     const ReadingDesign& design);
/// The same of rows of different images, each with a design of its own.
std::optional<Reading> independent_ratio(const SizedRows& numerator, const ReadingDesign& of_numerator,
                                         const SizedRows& denominator, const ReadingDesign& of_denominator);

/// constant − reading.
Reading subtracted_from(double constant, const Reading& reading);
/// A number for people; what rounds to nothing has no sign.
std::string decimal(double value, int digits = 3);
/// Value and interval, such as "0.061 [0.038, 0.083]".
std::string reading_text(const Reading& reading, int digits = 3);

/// a_i − b_i of each row.
std::vector<double> row_difference(std::span<const double> a, std::span<const double> b);
SizedRows row_difference(const SizedRows& a, const SizedRows& b);

}  // namespace equinfo
