#include "estimators/probe_posteriors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "compute/parallel.h"
#include "core/error.h"
#include "estimators/fold_scores.h"
#include "resampling/source_folds.h"

namespace equinfo {
namespace {

constexpr double kLogZero = -std::numeric_limits<double>::infinity();

/// ln Σ exp.
double log_sum(const std::vector<double>& logs) {
  const double top = *std::max_element(logs.begin(), logs.end());
  double sum = 0.0;
  for (const double value : logs) sum += std::exp(value - top);
  return top + std::log(sum);
}

/// ln of the marginals of a joint distribution given by its logarithms.
struct LogMarginals {
  std::vector<double> y, t;
};

LogMarginals log_marginals(const std::vector<double>& joint, std::size_t classes, std::size_t transforms) {
  std::vector<double> y(classes, 0.0), t(transforms, 0.0);
  for (std::size_t c = 0; c < joint.size(); ++c) {
    y[c / transforms] += std::exp(joint[c]);
    t[c % transforms] += std::exp(joint[c]);
  }
  const auto logarithm = [](double p) { return std::log(std::max(p, std::numeric_limits<double>::min())); };
  std::ranges::transform(y, y.begin(), logarithm);
  std::ranges::transform(t, t.begin(), logarithm);
  return {std::move(y), std::move(t)};
}

/// Replaces a row of log scores by the gated posterior, q ∝ p(y,t) exp(aA + bB + cC) with the evidences of Evidence.
void gate_row(const LogPriors& priors, const std::array<double, 3>& gate, std::span<float> row) {
  const std::size_t transforms = priors.t.size();
  std::vector<double> logs(row.size());
  for (std::size_t c = 0; c < row.size(); ++c) logs[c] = std::isfinite(priors.cell[c]) ? row[c] : kLogZero;
  const double norm = log_sum(logs);
  for (double& value : logs) value -= norm;
  const LogMarginals q = log_marginals(logs, priors.y.size(), transforms);
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (!std::isfinite(priors.cell[c])) continue;
    const std::size_t y = c / transforms, t = c % transforms;
    const double a = q.y[y] - priors.y[y], b = q.t[t] - priors.t[t];
    logs[c] = priors.cell[c] + gate[0] * a + gate[1] * b + gate[2] * (logs[c] - priors.cell[c] - a - b);
  }
  const double gated_norm = log_sum(logs);
  for (std::size_t c = 0; c < row.size(); ++c) row[c] = static_cast<float>(std::exp(logs[c] - gated_norm));
}

}  // namespace

Matrix<float> probe_posteriors(const ProbeKind& kind, const ProbeInput& input) {
  require(input.folds.parts == 4, "probe_posteriors: folds of {} parts, not 4", input.folds.parts);
  const JointProbe probe = kind.bind(input);
  Matrix<float> posteriors(input.labels.rows(), input.labels.cells());
  parallel_for(input.folds.folds, input.threads, [&](std::int64_t f) {
    FoldScores fold = score_fold(input, probe, static_cast<int>(f), full_reading());
    for (std::size_t i = 0; i < fold.rows.size(); ++i) {
      const auto row = fold.scores.row(static_cast<std::int64_t>(i));
      gate_row(input.priors, fold.gate, row);
      std::ranges::copy(row, posteriors.row(fold.rows[i]).begin());
    }
  });
  return posteriors;
}

Matrix<float> probe_posteriors(const ProbeKind& kind, const ScaledRows& z, const Labels& labels,
                               const CrossFitOptions& options) {
  const SourceFolds folds = cross_fit_folds(labels, options);
  const LogPriors priors = log_priors(labels);
  const ProbeInput input{z, labels, folds, priors, options.seed, options.threads};
  return probe_posteriors(kind, on_chosen_device(input, kind, options));
}

Matrix<float> probe_posteriors(const std::vector<std::string>& probe_of_fold, const ScaledRows& z, const Labels& labels,
                               const CrossFitOptions& options) {
  require(static_cast<int>(probe_of_fold.size()) == options.folds, "{} probes are named for {} folds",
          probe_of_fold.size(), options.folds);
  const SourceFolds folds = cross_fit_folds(labels, options);
  Matrix<float> taken(labels.rows(), labels.cells());
  for (const std::string& name : std::set<std::string>(probe_of_fold.begin(), probe_of_fold.end())) {
    const auto kind = std::ranges::find(probe_kinds(), name, &ProbeKind::name);
    require(kind != probe_kinds().end(), "there is no probe '{}'", name);
    const Matrix<float> posteriors = probe_posteriors(*kind, z, labels, options);
    for (std::int64_t i = 0; i < labels.rows(); ++i) {
      if (probe_of_fold[static_cast<std::size_t>(folds.fold(i))] != name) continue;
      std::ranges::copy(posteriors.row(i), taken.row(i).begin());
    }
  }
  return taken;
}

}  // namespace equinfo
