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

/// What is known of a pooled covariance beside itself.
struct Pooling {
  double freedom;         // rows − cells in use
  double total_variance;  // mean variance of a column before the cells' means are taken out
};

/// A training set: its scatter, which becomes its covariance, and its cells.
struct TrainingSums {
  Matrix<double> scatter;
  CellSums cells;
  double rows = 0.0;
};

/// Pooled covariance within the cells: (scatter − Σ n m mᵀ) / (rows − cells in use), in place of the scatter.
Pooling pool_within_cells(TrainingSums& sums) {
  const std::int64_t d = sums.cells.sum.cols(), cells = sums.cells.sum.rows();
  double total = 0.0;
  for (std::int64_t i = 0; i < d; ++i) total += sums.scatter(i, i) / (sums.rows * static_cast<double>(d));
  Matrix<double> scaled(cells, d), between(d, d);
  double used = 0.0;
  for (std::int64_t cell = 0; cell < cells; ++cell) {
    const double n = sums.cells.rows[static_cast<std::size_t>(cell)];
    if (n == 0.0) continue;
    ++used;
    for (std::int64_t j = 0; j < d; ++j) scaled(cell, j) = sums.cells.sum(cell, j) / std::sqrt(n);
  }
  const double freedom = std::max(1.0, sums.rows - used);
  gram(scaled, 0.0, between.view());
  for (std::int64_t k = 0; k < d * d; ++k) {
    sums.scatter.data()[k] = (sums.scatter.data()[k] - between.data()[k]) / freedom;
  }
  return {freedom, total};
}

/// Shrinks a pooled covariance towards its mean variance times the identity.
void shrink(Matrix<double>& covariance, const Pooling& pooling) {
  const std::int64_t d = covariance.rows();
  const double rho = oas_intensity(covariance, pooling.freedom);
  double trace = 0.0;
  for (std::int64_t i = 0; i < d; ++i) trace += covariance(i, i);
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = 0; j < d; ++j) covariance(i, j) *= 1.0 - rho;
    covariance(i, i) += rho * std::max(0.0, trace) / static_cast<double>(d);
  }
}

/// The Cholesky factor of a covariance that rounding may have left indefinite: chunk scatters are float32, and where
/// cells hardly vary the difference of two large sums is mostly rounding. Adds as little to the diagonal as it takes.
Matrix<double> robust_factor(const Matrix<double>& covariance, const Pooling& pooling) {
  double added = kVarianceFloor * pooling.total_variance + std::numeric_limits<double>::min();
  for (;; added *= 10.0) {
    Matrix<double> factor = covariance;
    for (std::int64_t i = 0; i < factor.rows(); ++i) factor(i, i) += added;
    try {
      cholesky(factor.view());
      return factor;
    } catch (const std::domain_error&) {
      if (added > pooling.total_variance) throw;
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
  TrainingSums sums{std::move(scatter), sum_cells(data_->chunks, training_chunks)};
  for (const double n : sums.cells.rows) sums.rows += n;
  LdaFit fit;
  fit.centre.assign(data_->mean.begin(), data_->mean.end());
  const Pooling pooling = pool_within_cells(sums);
  shrink(sums.scatter, pooling);
  fit.factor = robust_factor(sums.scatter, pooling);
  EffectWeights weights = kHardlyShrunk;
  if (how == CellMeans::kShrunk && training_chunks.size() > 1) {
    weights = effect_weights(sum_cells(data_->chunks, training_chunks, 0, 2),
                             sum_cells(data_->chunks, training_chunks, 1, 2), *data_->labels, fit.factor);
  }
  fit.means = cell_means(sums.cells, *data_->labels, weights);
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
