#include "audit/stack.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/parallel.h"

namespace equinfo {
namespace {

constexpr double kLargestWeight = 1.5, kSmallestStep = 1e-3;
constexpr int kSweeps = 60;
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

/// First and second derivative of the loss by one weight.
struct Slope {
  double first = 0.0, second = 0.0;
};

/// The loss Σ −ln q(t_i) over some rows, with their Σ c E kept so that a weight is moved in one pass.
class StackFit {
 public:
  StackFit(const Parts& parts, const AuditRows& rows, std::vector<std::int64_t> fit_rows)
      : parts_(parts), rows_(rows), fit_rows_(std::move(fit_rows)), values_(rows.t_priors.t.size()) {
    for (std::size_t k = 0; k < fit_rows_.size(); ++k) {
      logs_.insert(logs_.end(), rows.t_priors.t.begin(), rows.t_priors.t.end());
    }
  }

  void move(std::size_t m, double step) {
    for (std::size_t k = 0; k < fit_rows_.size(); ++k) {
      const auto evidence = parts_[m]->row(fit_rows_[k]);
      for (std::size_t t = 0; t < values_; ++t) logs_[k * values_ + t] += step * evidence[t];
    }
  }
  /// After a step along one weight.
  double loss(std::size_t m, double step) const {
    double total = 0.0;
    std::vector<double> q(values_);
    for (std::size_t k = 0; k < fit_rows_.size(); ++k) total += row_loss(m, step, k, q);
    return total;
  }
  Slope slope(std::size_t m) const {
    Slope slope;
    std::vector<double> q(values_);
    for (std::size_t k = 0; k < fit_rows_.size(); ++k) {
      row_loss(m, 0.0, k, q);
      const auto evidence = parts_[m]->row(fit_rows_[k]);
      double mean = 0.0, square = 0.0;
      for (std::size_t t = 0; t < values_; ++t) {
        mean += q[t] * evidence[t];
        square += q[t] * evidence[t] * evidence[t];
      }
      slope.first += mean - evidence[truth(k)];
      slope.second += square - mean * mean;
    }
    return slope;
  }

 private:
  std::size_t truth(std::size_t k) const {
    return static_cast<std::size_t>(rows_.labels.t[static_cast<std::size_t>(fit_rows_[k])]);
  }
  /// −ln q(t_k), and q.
  double row_loss(std::size_t m, double step, std::size_t k, std::vector<double>& q) const {
    const auto evidence = parts_[m]->row(fit_rows_[k]);
    double top = -std::numeric_limits<double>::infinity(), sum = 0.0;
    for (std::size_t t = 0; t < values_; ++t) {
      q[t] = logs_[k * values_ + t] + step * evidence[t];
      top = std::max(top, q[t]);
    }
    const double of_truth = q[truth(k)];
    for (double& value : q) sum += value = std::exp(value - top);
    for (double& value : q) value /= sum;
    return top + std::log(sum) - of_truth;
  }

  const Parts& parts_;
  const AuditRows& rows_;
  std::vector<std::int64_t> fit_rows_;
  std::size_t values_;
  std::vector<double> logs_;  // ln p(t) + Σ c E(t) of each row in turn
};

/// A Newton step along one weight, of at most a half, halved until it does not make the loss larger: where nearly all
/// rows are told apart a full one overshoots. Returns how far the weight moved.
double improve(StackFit& fit, std::size_t m, double& weight) {
  const Slope slope = fit.slope(m);
  if (slope.second <= 0.0) return 0.0;
  const double before = fit.loss(m, 0.0);
  double step = std::clamp(-slope.first / slope.second, -0.5, 0.5);
  for (; std::abs(step) >= kSmallestStep; step /= 2.0) {
    const double moved = std::clamp(weight + step, 0.0, kLargestWeight) - weight;
    if (moved == 0.0) return 0.0;
    if (fit.loss(m, moved) > before) continue;
    fit.move(m, moved);
    weight += moved;
    return std::abs(moved);
  }
  return 0.0;
}

/// One weight after the other on a convex loss, from equal ones.
std::vector<double> fit_weights(const Parts& parts, const AuditRows& rows, std::vector<std::int64_t> fit_rows) {
  std::vector<double> weights(parts.size(), 1.0 / static_cast<double>(parts.size()));
  StackFit fit(parts, rows, std::move(fit_rows));
  for (std::size_t m = 0; m < parts.size(); ++m) fit.move(m, weights[m]);
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    double moved = 0.0;
    for (std::size_t m = 0; m < parts.size(); ++m) moved = std::max(moved, improve(fit, m, weights[m]));
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
      const double prior = rows.t_priors.t[t];
      const double ratio = std::isfinite(prior) ? (1.0 - surprise) * std::exp(logs[t] - prior) + surprise : 1.0;
      result.row(i)[t] = static_cast<float>(std::log(ratio));
    }
  }
  return result;
}

}  // namespace equinfo
