#include "audit/stack.h"

#include <algorithm>
#include <cmath>

#include "compute/parallel.h"

namespace equinfo {
namespace {

constexpr double kLargestWeight = 1.5, kSmallestStep = 1e-3;
constexpr int kSweeps = 30;
constexpr std::int64_t kMostFitRows = 16384;

using Parts = std::vector<const TransformEvidence*>;

/// ln p(t) + Σ c E(t), normalised; [transforms].
void log_posterior(const Parts& parts, const std::vector<double>& weights, const std::vector<double>& log_prior,
                   std::int64_t row, std::vector<double>& logs) {
  logs = log_prior;
  for (std::size_t m = 0; m < parts.size(); ++m) {
    const auto evidence = parts[m]->row(row);
    for (std::size_t t = 0; t < logs.size(); ++t) logs[t] += weights[m] * evidence[t];
  }
  const double top = *std::ranges::max_element(logs);
  double sum = 0.0;
  for (const double value : logs) sum += std::exp(value - top);
  for (double& value : logs) value -= top + std::log(sum);
}

/// First and second derivative of the mean loss −ln q(t_i) by one weight.
struct Slope {
  double first = 0.0, second = 0.0;
};

Slope slope_of(const Parts& parts, std::size_t m, const std::vector<double>& weights, const AuditRows& rows,
               const std::vector<std::int64_t>& fit_rows) {
  Slope slope;
  std::vector<double> logs;
  for (const std::int64_t i : fit_rows) {
    log_posterior(parts, weights, rows.t_priors.t, i, logs);
    const auto evidence = parts[m]->row(i);
    double mean = 0.0, square = 0.0;
    for (std::size_t t = 0; t < logs.size(); ++t) {
      const double q = std::exp(logs[t]);
      mean += q * evidence[t];
      square += q * evidence[t] * evidence[t];
    }
    slope.first += mean - evidence[static_cast<std::size_t>(rows.labels.t[static_cast<std::size_t>(i)])];
    slope.second += square - mean * mean;
  }
  return slope;
}

/// Newton's method along one weight after the other on a convex loss; a step moves a weight by at most a half.
std::vector<double> fit_weights(const Parts& parts, const AuditRows& rows, const std::vector<std::int64_t>& fit_rows) {
  std::vector<double> weights(parts.size(), 1.0 / static_cast<double>(parts.size()));
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    double moved = 0.0;
    for (std::size_t m = 0; m < parts.size(); ++m) {
      const Slope slope = slope_of(parts, m, weights, rows, fit_rows);
      if (slope.second <= 1e-12) continue;
      const double step = std::clamp(-slope.first / slope.second, -0.5, 0.5);
      const double next = std::clamp(weights[m] + step, 0.0, kLargestWeight);
      moved = std::max(moved, std::abs(next - weights[m]));
      weights[m] = next;
    }
    if (moved < kSmallestStep) break;
  }
  return weights;
}

/// Every so manieth row outside a fold.
std::vector<std::int64_t> rows_outside(const SourceFolds& folds, int fold) {
  const auto n = static_cast<std::int64_t>(folds.chunk.size());
  const std::int64_t stride = 1 + n / kMostFitRows;
  std::vector<std::int64_t> chosen;
  std::int64_t seen = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (folds.fold(i) != fold && seen++ % stride == 0) chosen.push_back(i);
  }
  return chosen;
}

}  // namespace

TransformEvidence stacked(const std::vector<const TransformEvidence*>& parts, const AuditRows& rows) {
  TransformEvidence result(rows.labels.rows(), rows.labels.transforms);
  std::vector<std::vector<double>> weights(static_cast<std::size_t>(rows.folds.folds));
  parallel_for(rows.folds.folds, rows.threads, [&](std::int64_t fold) {
    weights[static_cast<std::size_t>(fold)] =
        fit_weights(parts, rows, rows_outside(rows.folds, static_cast<int>(fold)));
  });
  // As of each part (evidence.cpp): weights fitted where everything was told apart know nothing of a first error.
  const double folds = rows.folds.folds;
  const double surprise = 1.0 / std::max(2.0, (1.0 - 1.0 / folds) * static_cast<double>(rows.labels.sources));
  std::vector<double> logs;
  for (std::int64_t i = 0; i < result.rows(); ++i) {
    log_posterior(parts, weights[static_cast<std::size_t>(rows.folds.fold(i))], rows.t_priors.t, i, logs);
    for (std::size_t t = 0; t < logs.size(); ++t) {
      const double ratio = (1.0 - surprise) * std::exp(logs[t] - rows.t_priors.t[t]) + surprise;
      result.row(i)[t] = static_cast<float>(std::log(ratio));
    }
  }
  return result;
}

}  // namespace equinfo
