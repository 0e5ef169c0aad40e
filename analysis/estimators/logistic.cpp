#include "estimators/logistic.h"

#include <algorithm>
#include <array>
#include <limits>

#include <lbfgs.h>

#include "compute/blas.h"
#include "core/error.h"
#include "estimators/lda.h"
#include "estimators/training_rows.h"

namespace equinfo {
namespace {

constexpr std::int64_t kBlockRows = 1024;
constexpr std::array kPenalties{1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4};
constexpr int kMostSteps = 60;

/// The mean penalised loss over some rows as L-BFGS sees it: weights [d, cells], then biases [cells], as one vector.
class RidgeLoss {
 public:
  RidgeLoss(const TrainingRows& rows, const std::vector<std::int64_t>& chosen, std::int64_t cells)
      : rows_(rows), chosen_(chosen), weights_(rows.x.cols(), cells), gradient_(rows.x.cols(), cells) {}

  double penalty = 0.0;

  /// Loss and gradient at `parameters`.
  double operator()(const double* parameters, double* gradient) {
    load(parameters);
    const std::int64_t d = weights_.rows(), cells = weights_.cols();
    std::fill_n(gradient, d * cells + cells, 0.0);
    double loss = 0.0;
    for (std::size_t first = 0; first < chosen_.size(); first += kBlockRows) loss += add_block(first, gradient);
    const double share = 1.0 / static_cast<double>(chosen_.size());
    for (std::int64_t k = 0; k < d * cells + cells; ++k) gradient[k] *= share;
    loss *= share;
    for (std::int64_t k = 0; k < d * cells; ++k) {
      gradient[k] += penalty * parameters[k];
      loss += 0.5 * penalty * parameters[k] * parameters[k];
    }
    return loss;
  }

  /// Mean loss without the penalty.
  double plain(const double* parameters) {
    load(parameters);
    double loss = 0.0;
    for (std::size_t first = 0; first < chosen_.size(); first += kBlockRows) loss += add_block(first, nullptr);
    return loss / static_cast<double>(chosen_.size());
  }

 private:
  void load(const double* parameters) {
    const std::int64_t count = weights_.rows() * weights_.cols();
    std::copy_n(parameters, count, weights_.data());
    bias_.assign(parameters + count, parameters + count + weights_.cols());
  }

  double add_block(std::size_t first, double* gradient) {
    const std::size_t size = std::min<std::size_t>(kBlockRows, chosen_.size() - first);
    const std::int64_t d = weights_.rows(), cells = weights_.cols();
    Matrix<float> x(static_cast<std::int64_t>(size), d), scores(static_cast<std::int64_t>(size), cells);
    std::vector<std::int32_t> cell(size);
    for (std::size_t i = 0; i < size; ++i) {
      const std::int64_t row = chosen_[first + i];
      std::ranges::copy(rows_.x.row(row), x.row(static_cast<std::int64_t>(i)).begin());
      std::ranges::copy(bias_, scores.row(static_cast<std::int64_t>(i)).begin());
      cell[i] = rows_.cell[static_cast<std::size_t>(row)];
    }
    multiply(1.0F, x, Transpose::kNo, weights_, Transpose::kNo, 1.0F, scores.view());
    const double loss = softmax_loss(scores.view(), cell);
    if (gradient == nullptr) return loss;
    for (std::size_t i = 0; i < size; ++i) {
      scores(static_cast<std::int64_t>(i), cell[i]) -= 1.0F;
      const auto row = scores.row(static_cast<std::int64_t>(i));
      for (std::size_t c = 0; c < row.size(); ++c) gradient[d * cells + static_cast<std::int64_t>(c)] += row[c];
    }
    multiply(1.0F, x, Transpose::kYes, scores, Transpose::kNo, 0.0F, gradient_.view());
    for (std::int64_t k = 0; k < d * cells; ++k) gradient[k] += gradient_.data()[k];
    return loss;
  }

  const TrainingRows& rows_;
  const std::vector<std::int64_t>& chosen_;
  Matrix<float> weights_, gradient_;
  std::vector<float> bias_;
};

double evaluate(void* loss, const double* parameters, double* gradient, int, double) {
  return (*static_cast<RidgeLoss*>(loss))(parameters, gradient);
}

/// Minimises from the given parameters, in place. Running out of steps or of float32 precision is no failure: the path
/// is judged on held-out sources.
void minimise(RidgeLoss& loss, std::vector<double>& parameters) {
  lbfgs_parameter_t options;
  lbfgs_parameter_init(&options);
  options.max_iterations = kMostSteps;
  options.epsilon = 1e-4;
  options.past = 3;
  options.delta = 1e-5;
  const int status =
      lbfgs(static_cast<int>(parameters.size()), parameters.data(), nullptr, evaluate, nullptr, &loss, &options);
  require(status != LBFGSERR_OUTOFMEMORY, "logistic: L-BFGS ran out of memory for {} parameters", parameters.size());
}

/// LDA's rule in whitened coordinates: weights are the means, biases ln p − ½|m|².
std::vector<double> lda_parameters(const Whitening& whitening, std::span<const double> log_prior) {
  const Matrix<float>& means = whitening.means();
  const std::int64_t d = means.cols(), cells = means.rows();
  std::vector<double> parameters(static_cast<std::size_t>(d * cells + cells));
  for (std::int64_t c = 0; c < cells; ++c) {
    double square = 0.0;
    for (std::int64_t j = 0; j < d; ++j) {
      parameters[static_cast<std::size_t>(j * cells + c)] = means(c, j);
      square += static_cast<double>(means(c, j)) * means(c, j);
    }
    parameters[static_cast<std::size_t>(d * cells + c)] =
        std::max(log_prior[static_cast<std::size_t>(c)], -1e2) - 0.5 * square;
  }
  return parameters;
}

struct Bound {
  ProbeInput input;
  LdaStatistics lda;
};

/// Follows the path down as long as it gains on the validation sources, and returns the number of penalties to use: 0
/// where no penalty predicts better than the start, LDA's own rule. Without noise in the cells, whitened coordinates
/// are so long that every penalty hurts.
std::size_t best_path_length(const TrainingRows& rows, const ValidationSplit& split, std::vector<double> parameters,
                             std::int64_t cells) {
  if (split.validation.empty() || split.training.empty()) return 1;
  RidgeLoss training(rows, split.training, cells), validation(rows, split.validation, cells);
  const double start = validation.plain(parameters.data());
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < kPenalties.size(); ++k) {
    training.penalty = kPenalties[k];
    minimise(training, parameters);
    const double loss = validation.plain(parameters.data());
    if (loss >= best) return best < start ? k : 0;
    best = loss;
  }
  return best < start ? kPenalties.size() : 0;
}

CellScorer fit_logistic(const Bound& bound, std::span<const std::int32_t> training_chunks) {
  const auto whitening = std::make_shared<const Whitening>(bound.lda.fit(training_chunks));
  const TrainingRows rows = gather_training_rows(bound.input, training_chunks, *whitening);
  RandomStream stream = training_stream(bound.input, "logistic", training_chunks);
  ValidationSplit split = split_by_source(rows, bound.input.labels, stream);
  const std::int64_t d = bound.input.z.cols(), cells = bound.input.labels.cells();
  std::vector<double> parameters = lda_parameters(*whitening, bound.input.priors.cell);
  const std::size_t length = best_path_length(rows, split, parameters, cells);
  if (length > 0) {
    split.training.insert(split.training.end(), split.validation.begin(), split.validation.end());
    std::ranges::sort(split.training);
    RidgeLoss all(rows, split.training, cells);
    all.penalty = kPenalties[length - 1];
    minimise(all, parameters);
  }
  const auto rule = std::make_shared<LinearRule>(LinearRule{Matrix<float>(d, cells), {}});
  std::copy_n(parameters.begin(), d * cells, rule->weights.data());
  rule->bias.assign(parameters.begin() + d * cells, parameters.end());
  return [whitening, rule](MatrixView<const float> z, MatrixView<float> log_scores) {
    Matrix<float> x(z.rows(), z.cols());
    whitening->apply(z, x.view());
    apply_rule(*rule, x, log_scores);
  };
}

}  // namespace

JointProbe bind_logistic(const ProbeInput& input) {
  const auto bound = std::make_shared<const Bound>(Bound{input, LdaStatistics(input)});
  return [bound](std::span<const std::int32_t> training_chunks) { return fit_logistic(*bound, training_chunks); };
}

}  // namespace equinfo
