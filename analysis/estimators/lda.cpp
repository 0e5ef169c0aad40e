#include "estimators/lda.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/blas.h"
#include "compute/parallel.h"
#include "core/error.h"
#include "estimators/cell_means.h"
#include "estimators/shrinkage.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;
constexpr double kVarianceFloor = 1e-6;
constexpr EffectWeights kHardlyShrunk{0.0, 0.0, 1.0};

/// Sums over the rows of one chunk, of data centred by the mean of all rows. The scatter does not depend on the labels,
/// so statistics of other labels share it.
struct ChunkSums {
  std::shared_ptr<const Matrix<float>> scatter;  // [d, d]
  CellSums cells;
};

CellSums empty_cells(std::int64_t d, std::int64_t cells) {
  return {Matrix<double>(cells, d), std::vector<double>(static_cast<std::size_t>(cells))};
}

ChunkSums empty_sums(std::shared_ptr<const Matrix<float>> scatter, std::int64_t d, std::int64_t cells) {
  return {std::move(scatter), empty_cells(d, cells)};
}

std::vector<float> column_means(MatrixView<const float> z) {
  std::vector<double> sum(static_cast<std::size_t>(z.cols()), 0.0);
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    const auto row = z.row(i);
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += row[j];
  }
  std::vector<float> mean(sum.size());
  for (std::size_t j = 0; j < sum.size(); ++j) mean[j] = static_cast<float>(sum[j] / static_cast<double>(z.rows()));
  return mean;
}

void add_scatter(const Matrix<float>& centred, std::int64_t rows, Matrix<float>& block, Matrix<double>& scatter) {
  gram(centred.view().middle_rows(0, rows), 0.0F, block.view());
  for (std::int64_t k = 0; k < scatter.rows() * scatter.cols(); ++k) scatter.data()[k] += block.data()[k];
}

ChunkSums sum_chunk(const ProbeInput& input, const std::vector<float>& mean, const std::vector<std::int64_t>& rows) {
  const std::int64_t d = input.z.cols(), cells = input.labels.cells();
  ChunkSums sums = empty_sums(nullptr, d, cells);
  Matrix<float> centred(std::min<std::int64_t>(kBlockRows, static_cast<std::int64_t>(rows.size())), d), block(d, d);
  Matrix<double> scatter(d, d);
  std::int64_t filled = 0;
  for (const std::int64_t i : rows) {
    const auto from = input.z.row(i);
    const auto to = centred.row(filled++);
    const std::int32_t cell = input.labels.cell(i);
    const auto cell_sum = sums.cells.sum.row(cell);
    ++sums.cells.rows[static_cast<std::size_t>(cell)];
    for (std::size_t j = 0; j < to.size(); ++j) {
      to[j] = from[j] - mean[j];
      cell_sum[j] += to[j];
    }
    if (filled == centred.rows()) add_scatter(centred, std::exchange(filled, 0), block, scatter);
  }
  if (filled > 0) add_scatter(centred, filled, block, scatter);
  const auto rounded = std::make_shared<Matrix<float>>(d, d);
  std::copy_n(scatter.data(), d * d, rounded->data());
  sums.scatter = rounded;
  return sums;
}

/// Statistics of a training set: the sums of its chunks, in chunk order.
struct TrainingSums {
  Matrix<double> scatter;
  CellSums cells;
  double rows = 0.0;
};

/// Sums of the cells over every `stride`-th of the given chunks from the `first` on.
CellSums sum_cells(const std::vector<ChunkSums>& chunks, std::span<const std::int32_t> training_chunks,
                   std::size_t first = 0, std::size_t stride = 1) {
  const CellSums& shape = chunks.front().cells;
  CellSums sums = empty_cells(shape.sum.cols(), shape.sum.rows());
  for (std::size_t c = first; c < training_chunks.size(); c += stride) {
    const CellSums& chunk = chunks[static_cast<std::size_t>(training_chunks[c])].cells;
    for (std::int64_t k = 0; k < sums.sum.rows() * sums.sum.cols(); ++k) sums.sum.data()[k] += chunk.sum.data()[k];
    for (std::size_t k = 0; k < sums.rows.size(); ++k) sums.rows[k] += chunk.rows[k];
  }
  return sums;
}

TrainingSums sum_training(const std::vector<ChunkSums>& chunks, std::span<const std::int32_t> training_chunks) {
  const std::int64_t d = chunks.front().scatter->rows();
  TrainingSums sums{Matrix<double>(d, d), sum_cells(chunks, training_chunks), 0.0};
  for (const std::int32_t c : training_chunks) {
    const ChunkSums& chunk = chunks[static_cast<std::size_t>(c)];
    for (std::int64_t k = 0; k < d * d; ++k) sums.scatter.data()[k] += chunk.scatter->data()[k];
  }
  for (const double n : sums.cells.rows) sums.rows += n;
  return sums;
}

/// What is known of a pooled covariance beside itself.
struct Pooling {
  double freedom;         // rows − cells in use
  double total_variance;  // mean variance of a column before the cells' means are taken out
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
  auto data = std::make_unique<Data>();
  data->labels = &input.labels;
  data->log_prior = input.priors.cell;
  data->mean = column_means(input.z);
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(input.folds.chunks()));
  for (std::int64_t i = 0; i < input.z.rows(); ++i) {
    rows[static_cast<std::size_t>(input.folds.chunk[static_cast<std::size_t>(i)])].push_back(i);
  }
  data->chunks.resize(rows.size());
  parallel_for(static_cast<std::int64_t>(rows.size()), input.threads, [&](std::int64_t c) {
    data->chunks[static_cast<std::size_t>(c)] = sum_chunk(input, data->mean, rows[static_cast<std::size_t>(c)]);
  });
  data_ = std::move(data);
}

LdaStatistics::LdaStatistics(std::unique_ptr<const Data> data) : data_(std::move(data)) {}

LdaStatistics LdaStatistics::relabelled(const ProbeInput& input) const {
  auto data = std::make_unique<Data>();
  data->labels = &input.labels;
  data->log_prior = input.priors.cell;
  data->mean = data_->mean;
  for (const ChunkSums& chunk : data_->chunks) {
    data->chunks.push_back(empty_sums(chunk.scatter, input.z.cols(), input.labels.cells()));
  }
  for (std::int64_t i = 0; i < input.z.rows(); ++i) {
    ChunkSums& chunk = data->chunks[static_cast<std::size_t>(input.folds.chunk[static_cast<std::size_t>(i)])];
    const std::int32_t cell = input.labels.cell(i);
    ++chunk.cells.rows[static_cast<std::size_t>(cell)];
    const auto from = input.z.row(i);
    const auto sum = chunk.cells.sum.row(cell);
    // The difference is rounded to float32 as in sum_chunk, so that both give the same bits.
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += static_cast<float>(from[j] - data->mean[j]);
  }
  return LdaStatistics(std::move(data));
}

LdaStatistics::~LdaStatistics() = default;
LdaStatistics::LdaStatistics(LdaStatistics&&) noexcept = default;

LdaFit LdaStatistics::fit(std::span<const std::int32_t> training_chunks, CellMeans how) const {
  TrainingSums sums = sum_training(data_->chunks, training_chunks);
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
  const auto statistics = std::make_shared<const LdaStatistics>(input);
  return [statistics](std::span<const std::int32_t> training_chunks) -> CellScorer {
    const auto rule = std::make_shared<const LinearRule>(statistics->fit(training_chunks).rule);
    return [rule](MatrixView<const float> z, MatrixView<float> log_scores) { apply_rule(*rule, z, log_scores); };
  };
}

}  // namespace equinfo
