#include "resampling/crossed_mean.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "resampling/clustered.h"

namespace equinfo {
namespace {

void check(const RowsOfRuns& runs) {
  require(!runs.empty(), "mean over runs: there is no run");
  for (const auto& rows : runs) {
    require(rows.size() == runs.front().size(), "mean over runs: one has {} rows, another {}", runs.front().size(),
            rows.size());
  }
}

std::vector<double> row_means(const RowsOfRuns& runs) {
  std::vector<double> means(runs.front().size(), 0.0);
  for (const auto& rows : runs) {
    for (std::size_t i = 0; i < rows.size(); ++i) means[i] += rows[i];
  }
  for (double& mean : means) mean /= static_cast<double>(runs.size());
  return means;
}

double squared_error(const std::vector<double>& rows, std::span<const std::int32_t> source, std::int64_t sources) {
  const double error = clustered_mean(rows, source, sources).std_error;
  return error * error;
}

/// B̂/R: what the runs make of the images, averaged over the runs.
double interaction(const RowsOfRuns& runs, const std::vector<double>& means, std::span<const std::int32_t> source,
                   std::int64_t sources) {
  const auto count = static_cast<double>(runs.size());
  if (runs.size() < 2) return 0.0;
  double sum = 0.0;
  std::vector<double> own(means.size());
  for (const auto& rows : runs) {
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = rows[i] - means[i];
    sum += squared_error(own, source, sources);
  }
  return sum / (count - 1.0) / count;
}

}  // namespace

double CrossedMean::std_error() const { return std::hypot(runs_error, images_error); }

CrossedMean crossed_mean(const RowsOfRuns& runs, std::span<const std::int32_t> source, std::int64_t sources) {
  check(runs);
  const auto count = static_cast<double>(runs.size());
  const std::vector<double> means = row_means(runs);
  CrossedMean result{static_cast<std::int64_t>(runs.size()), sources};
  result.mean = clustered_mean(means, source, sources).mean;
  double squares = 0.0;
  for (const auto& rows : runs) {
    const double off = clustered_mean(rows, source, sources).mean - result.mean;
    squares += off * off;
  }
  if (runs.size() > 1) result.runs_sd = std::sqrt(squares / (count - 1.0));
  result.runs_error = result.runs_sd / std::sqrt(count);
  const double shared = squared_error(means, source, sources) - interaction(runs, means, source, sources);
  result.images_error = std::sqrt(std::max(0.0, shared));
  return result;
}

double images_error_of_difference(const RowsOfRuns& first, const RowsOfRuns& second,
                                  std::span<const std::int32_t> source, std::int64_t sources) {
  check(first);
  check(second);
  const std::vector<double> a = row_means(first), b = row_means(second);
  require(a.size() == b.size(), "mean over runs: one has {} rows, another {}", a.size(), b.size());
  std::vector<double> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = b[i] - a[i];
  const double shared = squared_error(difference, source, sources) - interaction(first, a, source, sources) -
                        interaction(second, b, source, sources);
  return std::sqrt(std::max(0.0, shared));
}

double crossed_reach(const CrossedMean& mean, double level) {
  const double images = interval_factor(level, mean.sources) * mean.images_error;
  return mean.runs < 2 ? images : std::hypot(interval_factor(level, mean.runs) * mean.runs_error, images);
}

}  // namespace equinfo
