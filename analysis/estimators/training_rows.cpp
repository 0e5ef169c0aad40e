#include "estimators/training_rows.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "compute/blas.h"
#include "compute/vector_exp.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;
constexpr std::int64_t kValidationShare = 8;
constexpr double kImpossible = -1e4;  // stands for ln 0

constexpr std::int64_t kFewestRowsPerCell = 25;
constexpr std::int64_t kFewCells = 100;  // cost too little to be refused

}  // namespace

std::string free_weights_refusal(const ProbeInput& input, std::string_view probe) {
  std::vector<bool> in_use(static_cast<std::size_t>(input.labels.cells()), false);
  for (std::int64_t i = 0; i < input.labels.rows(); ++i) in_use[static_cast<std::size_t>(input.labels.cell(i))] = true;
  const std::int64_t cells = std::ranges::count(in_use, true);
  if (cells <= kFewCells || input.labels.rows() >= kFewestRowsPerCell * cells) return {};
  return fmt::format("{}: {} rows in {} cells are too few for weights of each cell's own (at least {} rows a cell)",
                     probe, input.labels.rows(), cells, kFewestRowsPerCell);
}

Whitening::Whitening(const LdaFit& fit)
    : centre_(fit.centre.begin(), fit.centre.end()),
      matrix_(fit.factor.rows(), fit.factor.rows()),
      means_(fit.means.rows(), fit.means.cols()) {
  const std::int64_t d = fit.factor.rows();
  Matrix<double> inverse(d, d);
  for (std::int64_t i = 0; i < d; ++i) inverse(i, i) = 1.0;
  solve_lower(fit.factor, inverse.view());  // L⁻¹, so that rows become (z − centre)·L⁻ᵀ
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = 0; j < d; ++j) matrix_(i, j) = static_cast<float>(inverse(j, i));
  }
  Matrix<float> means(fit.means.rows(), d);
  std::copy_n(fit.means.data(), means.rows() * d, means.data());
  multiply(1.0F, means, Transpose::kNo, matrix_, Transpose::kNo, 0.0F, means_.view());
}

void Whitening::apply(MatrixView<const float> z, MatrixView<float> x) const {
  Matrix<float> centred(z.rows(), z.cols());
  for (std::int64_t i = 0; i < z.rows(); ++i) {
    for (std::int64_t j = 0; j < z.cols(); ++j) centred(i, j) = z(i, j) - centre_[static_cast<std::size_t>(j)];
  }
  multiply(1.0F, centred, Transpose::kNo, matrix_, Transpose::kNo, 0.0F, x);
}

TrainingRows gather_training_rows(const ProbeInput& input, std::span<const std::int32_t> training_chunks,
                                  const Whitening& whitening) {
  std::vector<bool> chosen(static_cast<std::size_t>(input.folds.chunks()));
  for (const std::int32_t chunk : training_chunks) chosen[static_cast<std::size_t>(chunk)] = true;
  TrainingRows rows;
  for (std::int64_t i = 0; i < input.labels.rows(); ++i) {
    if (!chosen[static_cast<std::size_t>(input.folds.chunk[static_cast<std::size_t>(i)])]) continue;
    rows.row.push_back(i);
    rows.cell.push_back(input.labels.cell(i));
  }
  const auto count = static_cast<std::int64_t>(rows.row.size());
  rows.x = LargeMatrix(count, input.z.cols());
  for (std::int64_t first = 0; first < count; first += kBlockRows) {
    const std::int64_t size = std::min(kBlockRows, count - first);
    Matrix<float> gathered(size, input.z.cols());
    input.z.gather(std::span(rows.row).subspan(static_cast<std::size_t>(first)), gathered);
    whitening.apply(gathered, rows.x.view().middle_rows(first, size));
  }
  return rows;
}

ValidationSplit split_by_source(const TrainingRows& rows, const Labels& labels, RandomStream& stream) {
  std::vector<bool> validates(static_cast<std::size_t>(labels.sources));
  for (std::size_t s = 0; s < validates.size(); ++s) validates[s] = stream.below(kValidationShare) == 0;
  ValidationSplit split;
  for (std::size_t i = 0; i < rows.row.size(); ++i) {
    const auto source = static_cast<std::size_t>(labels.source[static_cast<std::size_t>(rows.row[i])]);
    (validates[source] ? split.validation : split.training).push_back(static_cast<std::int64_t>(i));
  }
  return split;
}

RandomStream training_stream(const ProbeInput& input, std::string_view probe,
                             std::span<const std::int32_t> training_chunks) {
  std::uint64_t index = 0;
  for (const std::int32_t chunk : training_chunks) index = index * 1000003ULL + static_cast<std::uint64_t>(chunk) + 1;
  return {input.seed, probe, index};
}

void whitened_lda_scores(const Whitening& whitening, std::span<const double> log_prior, MatrixView<const float> x,
                         MatrixView<float> scores) {
  const Matrix<float>& means = whitening.means();
  std::vector<float> bias(log_prior.size());
  for (std::size_t c = 0; c < bias.size(); ++c) {
    double square = 0.0;
    for (const float m : means.row(static_cast<std::int64_t>(c))) square += static_cast<double>(m) * m;
    bias[c] = static_cast<float>(std::max(log_prior[c], kImpossible) - 0.5 * square);
  }
  for (std::int64_t i = 0; i < scores.rows(); ++i) std::ranges::copy(bias, scores.row(i).begin());
  multiply(1.0F, x, Transpose::kNo, means, Transpose::kYes, 1.0F, scores);
}

double softmax_loss(MatrixView<float> scores, std::span<const std::int32_t> cell) {
  double loss = 0.0;
  for (std::int64_t i = 0; i < scores.rows(); ++i) {
    const auto row = scores.row(i);
    const float largest = largest_of(row);
    const float own = row[static_cast<std::size_t>(cell[static_cast<std::size_t>(i)])] - largest;
    const float sum = exp_minus(row, largest);
    const float scale = 1.0F / sum;
    for (float& value : row) value *= scale;
    loss += std::log(static_cast<double>(sum)) - own;
  }
  return loss;
}

}  // namespace equinfo
