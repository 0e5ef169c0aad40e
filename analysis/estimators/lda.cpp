#include "estimators/lda.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "compute/blas.h"
#include "core/error.h"
#include "estimators/cell_means.h"
#include "estimators/chunk_sums.h"
#include "estimators/shrinkage.h"

namespace equinfo {
namespace {

constexpr double kVarianceFloor = 1e-6;
constexpr EffectWeights kHardlyShrunk{0.0, 0.0, 1.0};

/// Takes what the cells' means contribute, Σ n m mᵀ, out of a scatter; returns how many cells are in use.
double leave_within_cells(const CellSums& cells, Matrix<double>& scatter) {
  Matrix<double> scaled(cells.sum.rows(), cells.sum.cols());
  double used = 0.0;
  for (std::int64_t cell = 0; cell < scaled.rows(); ++cell) {
    const double n = cells.rows[static_cast<std::size_t>(cell)];
    if (n == 0.0) continue;
    ++used;
    for (std::int64_t j = 0; j < scaled.cols(); ++j) scaled(cell, j) = cells.sum(cell, j) / std::sqrt(n);
  }
  multiply(-1.0, scaled, Transpose::kYes, scaled, Transpose::kNo, 1.0, scatter.view());
  return used;
}

/// The Cholesky factor of scale · scatter + ridge · I.
Matrix<double> factor_of(const Matrix<double>& scatter, double scale, double ridge) {
  Matrix<double> factor(scatter.rows(), scatter.cols());
  for (std::int64_t k = 0; k < factor.rows() * factor.cols(); ++k) factor.data()[k] = scale * scatter.data()[k];
  for (std::int64_t i = 0; i < factor.rows(); ++i) factor(i, i) += ridge;
  cholesky(factor.view());
  return factor;
}

double trace_of(const Matrix<double>& matrix) {
  double trace = 0.0;
  for (std::int64_t i = 0; i < matrix.rows(); ++i) trace += matrix(i, i);
  return trace;
}

/// The Cholesky factor of the pooled covariance within the cells, shrunk towards its mean variance times the identity.
/// Rounding may have left it indefinite: chunk scatters are float32, and where cells hardly vary the difference of two
/// large sums is mostly rounding. So as little is added to the diagonal as it takes.
Matrix<double> shrunk_factor(Matrix<double> scatter, const CellSums& cells) {
  const auto d = static_cast<double>(scatter.rows());
  const double rows = std::accumulate(cells.rows.begin(), cells.rows.end(), 0.0);
  const double total_variance = trace_of(scatter) / (rows * d);  // of a column, the cells' means in it
  const double freedom = std::max(1.0, rows - leave_within_cells(cells, scatter));
  const double rho = oas_intensity(scatter, freedom);  // which does not depend on the scale
  const double target = rho * std::max(0.0, trace_of(scatter)) / (freedom * d);
  double added = kVarianceFloor * total_variance + std::numeric_limits<double>::min();
  for (;; added *= 10.0) {
    try {
      return factor_of(scatter, (1.0 - rho) / freedom, target + added);
    } catch (const std::domain_error&) {
      if (added > total_variance) throw;
    }
  }
}

LinearRule rule_of(const LdaFit& fit, const std::vector<double>& log_prior) {
  const std::int64_t d = fit.means.cols(), cells = fit.means.rows();
  Matrix<double> solved(d, cells);
  for (std::int64_t c = 0; c < cells; ++c) {
    for (std::int64_t j = 0; j < d; ++j) solved(j, c) = fit.means(c, j);
  }
  solve_cholesky(fit.factor, solved.view());
  LinearRule rule{Matrix<float>(d, cells), std::vector<float>(static_cast<std::size_t>(cells))};
  for (std::int64_t c = 0; c < cells; ++c) {
    double offset = 0.0;
    for (std::int64_t j = 0; j < d; ++j) {
      rule.weights(j, c) = static_cast<float>(solved(j, c));
      offset += solved(j, c) * (0.5 * fit.means(c, j) + fit.centre[static_cast<std::size_t>(j)]);
    }
    rule.bias[static_cast<std::size_t>(c)] = static_cast<float>(log_prior[static_cast<std::size_t>(c)] - offset);
  }
  return rule;
}

}  // namespace

struct LdaStatistics::Data {
  const Labels* labels = nullptr;
  std::vector<double> log_prior;
  std::vector<float> mean;  // [d], of all rows
  std::vector<ChunkSums> chunks;
};

LdaStatistics::LdaStatistics(const ProbeInput& input) {
  require(input.z.rows() == input.labels.rows(), "lda: z has {} rows but the labels {}", input.z.rows(),
          input.labels.rows());
  auto data = std::make_shared<Data>();
  data->labels = &input.labels;
  data->log_prior = input.priors.cell;
  data->mean = column_means(input.z);
  data->chunks = sum_chunks(input, data->mean);
  data_ = std::move(data);
}

LdaStatistics::LdaStatistics(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

LdaStatistics LdaStatistics::relabelled(const ProbeInput& input) const {
  auto data = std::make_shared<Data>();
  data->labels = &input.labels;
  data->log_prior = input.priors.cell;
  data->mean = data_->mean;
  for (const ChunkSums& chunk : data_->chunks) {
    data->chunks.push_back(empty_sums(chunk.scatter, input.z.cols(), input.labels.cells()));
  }
  std::vector<float> from(data->mean.size());
  for (std::int64_t i = 0; i < input.z.rows(); ++i) {
    ChunkSums& chunk = data->chunks[static_cast<std::size_t>(input.folds.chunk[static_cast<std::size_t>(i)])];
    const std::int32_t cell = input.labels.cell(i);
    ++chunk.cells.rows[static_cast<std::size_t>(cell)];
    input.z.copy_row(i, from);
    const auto sum = chunk.cells.sum.row(cell);
    // The difference is rounded to float32 as in sum_chunk, so that both give the same bits.
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += static_cast<float>(from[j] - data->mean[j]);
  }
  return LdaStatistics(std::move(data));
}

LdaStatistics LdaStatistics::merged(const ProbeInput& input) const {
  std::vector<std::int32_t> into(static_cast<std::size_t>(data_->labels->cells()), 0);
  for (std::int64_t i = 0; i < input.labels.rows(); ++i) {
    into[static_cast<std::size_t>(data_->labels->cell(i))] = input.labels.cell(i);
  }
  auto data = std::make_shared<Data>();
  data->labels = &input.labels;
  data->log_prior = input.priors.cell;
  data->mean = data_->mean;
  for (const ChunkSums& chunk : data_->chunks) {
    ChunkSums& sums = data->chunks.emplace_back(empty_sums(chunk.scatter, input.z.cols(), input.labels.cells()));
    for (std::size_t c = 0; c < into.size(); ++c) {
      sums.cells.rows[static_cast<std::size_t>(into[c])] += chunk.cells.rows[c];
      const auto from = chunk.cells.sum.row(static_cast<std::int64_t>(c));
      const auto to = sums.cells.sum.row(into[c]);
      for (std::size_t j = 0; j < to.size(); ++j) to[j] += from[j];
    }
  }
  return LdaStatistics(std::move(data));
}

LdaStatistics lda_statistics(const ProbeInput& input) { return input.lda ? *input.lda : LdaStatistics(input); }

DataSums LdaStatistics::totals() const {
  std::vector<std::int32_t> all(data_->chunks.size());
  std::iota(all.begin(), all.end(), 0);
  return {scatter(all), sum_cells(data_->chunks, all), data_->mean};
}

Matrix<double> LdaStatistics::scatter(std::span<const std::int32_t> chunks) const {
  return sum_scatters(data_->chunks, chunks);
}

LdaFit LdaStatistics::fit(std::span<const std::int32_t> training_chunks, CellMeans how) const {
  return fit(training_chunks, scatter(training_chunks), how);
}

LdaFit LdaStatistics::fit(std::span<const std::int32_t> training_chunks, Matrix<double> scatter, CellMeans how) const {
  const CellSums cells = sum_cells(data_->chunks, training_chunks);
  LdaFit fit;
  fit.centre.assign(data_->mean.begin(), data_->mean.end());
  fit.factor = shrunk_factor(std::move(scatter), cells);
  EffectWeights weights = kHardlyShrunk;
  if (how == CellMeans::kShrunk && training_chunks.size() > 1) {
    weights = effect_weights(sum_cells(data_->chunks, training_chunks, 0, 2),
                             sum_cells(data_->chunks, training_chunks, 1, 2), *data_->labels, fit.factor);
  }
  fit.means = cell_means(cells, *data_->labels, weights);
  fit.rule = rule_of(fit, data_->log_prior);
  return fit;
}

void apply_rule(const LinearRule& rule, MatrixView<const float> z, MatrixView<float> log_scores) {
  for (std::int64_t i = 0; i < log_scores.rows(); ++i) {
    std::copy(rule.bias.begin(), rule.bias.end(), log_scores.row(i).begin());
  }
  multiply(1.0F, z, Transpose::kNo, rule.weights, Transpose::kNo, 1.0F, log_scores);
}

JointProbe bind_lda(const ProbeInput& input) {
  return [statistics = lda_statistics(input)](std::span<const std::int32_t> training_chunks) -> CellScorer {
    const auto rule = std::make_shared<const LinearRule>(statistics.fit(training_chunks).rule);
    return [rule](MatrixView<const float> z, MatrixView<float> log_scores) { apply_rule(*rule, z, log_scores); };
  };
}

}  // namespace equinfo
