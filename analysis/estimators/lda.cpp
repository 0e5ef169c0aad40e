#include "estimators/lda.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/blas.h"
#include "compute/parallel.h"
#include "core/error.h"
#include "estimators/shrinkage.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;
constexpr double kVarianceFloor = 1e-6;
constexpr double kAdditiveRows = 1.0;  // weight of the additive mean within a cell's mean, in rows

/// Sums over the rows of one chunk, of data centred by the mean of all rows. The scatter does not depend on the labels,
/// so statistics of other labels share it.
struct ChunkSums {
  std::shared_ptr<const Matrix<float>> scatter;  // [d, d]
  Matrix<double> cell_sum;                       // [cells, d]
  std::vector<double> cell_rows;                 // [cells]
};

ChunkSums empty_sums(std::shared_ptr<const Matrix<float>> scatter, std::int64_t d, std::int64_t cells) {
  return {std::move(scatter), Matrix<double>(cells, d), std::vector<double>(static_cast<std::size_t>(cells))};
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
    const auto cell_sum = sums.cell_sum.row(cell);
    ++sums.cell_rows[static_cast<std::size_t>(cell)];
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
  Matrix<double> scatter, cell_sum;
  std::vector<double> cell_rows;
  double rows = 0.0;
};

TrainingSums sum_training(const std::vector<ChunkSums>& chunks, std::span<const std::int32_t> training_chunks) {
  const std::int64_t d = chunks.front().scatter->rows(), cells = chunks.front().cell_sum.rows();
  TrainingSums sums{Matrix<double>(d, d), Matrix<double>(cells, d),
                    std::vector<double>(static_cast<std::size_t>(cells)), 0.0};
  for (const std::int32_t c : training_chunks) {
    const ChunkSums& chunk = chunks[static_cast<std::size_t>(c)];
    for (std::int64_t k = 0; k < d * d; ++k) sums.scatter.data()[k] += chunk.scatter->data()[k];
    for (std::int64_t k = 0; k < cells * d; ++k) sums.cell_sum.data()[k] += chunk.cell_sum.data()[k];
    for (std::size_t k = 0; k < sums.cell_rows.size(); ++k) sums.cell_rows[k] += chunk.cell_rows[k];
  }
  for (const double n : sums.cell_rows) sums.rows += n;
  return sums;
}

/// Row sums of the cell sums over one label: [values of the label, d] means; zero where there are no rows.
Matrix<double> label_means(const TrainingSums& sums, const Labels& labels, bool by_class) {
  const std::int64_t d = sums.cell_sum.cols();
  Matrix<double> mean(by_class ? labels.classes : labels.transforms, d);
  std::vector<double> rows(static_cast<std::size_t>(mean.rows()), 0.0);
  for (std::int32_t cell = 0; cell < labels.cells(); ++cell) {
    const std::int32_t value = by_class ? cell / labels.transforms : cell % labels.transforms;
    rows[static_cast<std::size_t>(value)] += sums.cell_rows[static_cast<std::size_t>(cell)];
    for (std::int64_t j = 0; j < d; ++j) mean(value, j) += sums.cell_sum(cell, j);
  }
  for (std::int64_t v = 0; v < mean.rows(); ++v) {
    const double n = std::max(1.0, rows[static_cast<std::size_t>(v)]);
    for (std::int64_t j = 0; j < d; ++j) mean(v, j) /= n;
  }
  return mean;
}

/// Means of the cells, each pulled towards the additive mean of its class and transformation.
Matrix<double> cell_means(const TrainingSums& sums, const Labels& labels) {
  const std::int64_t d = sums.cell_sum.cols();
  const Matrix<double> of_class = label_means(sums, labels, true), of_transform = label_means(sums, labels, false);
  std::vector<double> grand(static_cast<std::size_t>(d), 0.0);
  for (std::int32_t cell = 0; cell < labels.cells(); ++cell) {
    for (std::int64_t j = 0; j < d; ++j) grand[static_cast<std::size_t>(j)] += sums.cell_sum(cell, j) / sums.rows;
  }
  Matrix<double> means(labels.cells(), d);
  for (std::int32_t cell = 0; cell < labels.cells(); ++cell) {
    const double total = sums.cell_rows[static_cast<std::size_t>(cell)] + kAdditiveRows;
    for (std::int64_t j = 0; j < d; ++j) {
      const double additive = of_class(cell / labels.transforms, j) + of_transform(cell % labels.transforms, j) -
                              grand[static_cast<std::size_t>(j)];
      means(cell, j) = (sums.cell_sum(cell, j) + kAdditiveRows * additive) / total;
    }
  }
  return means;
}

/// What is known of a pooled covariance beside itself.
struct Pooling {
  double freedom;         // rows − cells in use
  double total_variance;  // mean variance of a column before the cells' means are taken out
};

/// Pooled covariance within the cells: (scatter − Σ n m mᵀ) / (rows − cells in use), in place of the scatter.
Pooling pool_within_cells(TrainingSums& sums) {
  const std::int64_t d = sums.cell_sum.cols(), cells = sums.cell_sum.rows();
  double total = 0.0;
  for (std::int64_t i = 0; i < d; ++i) total += sums.scatter(i, i) / (sums.rows * static_cast<double>(d));
  Matrix<double> scaled(cells, d), between(d, d);
  double used = 0.0;
  for (std::int64_t cell = 0; cell < cells; ++cell) {
    const double n = sums.cell_rows[static_cast<std::size_t>(cell)];
    if (n == 0.0) continue;
    ++used;
    for (std::int64_t j = 0; j < d; ++j) scaled(cell, j) = sums.cell_sum(cell, j) / std::sqrt(n);
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
    ++chunk.cell_rows[static_cast<std::size_t>(cell)];
    const auto from = input.z.row(i);
    const auto sum = chunk.cell_sum.row(cell);
    // The difference is rounded to float32 as in sum_chunk, so that both give the same bits.
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += static_cast<float>(from[j] - data->mean[j]);
  }
  return LdaStatistics(std::move(data));
}

LdaStatistics::~LdaStatistics() = default;
LdaStatistics::LdaStatistics(LdaStatistics&&) noexcept = default;

LdaFit LdaStatistics::fit(std::span<const std::int32_t> training_chunks) const {
  TrainingSums sums = sum_training(data_->chunks, training_chunks);
  LdaFit fit;
  fit.centre.assign(data_->mean.begin(), data_->mean.end());
  fit.means = cell_means(sums, *data_->labels);
  const Pooling pooling = pool_within_cells(sums);
  shrink(sums.scatter, pooling);
  fit.factor = robust_factor(sums.scatter, pooling);
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
